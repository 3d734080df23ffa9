import { describe, expect, it } from 'vitest';
import { shadesOf } from '../../../web/brand.ts';

describe('the shades of a colour', () => {
  it('are ten, from light to dark, with the colour itself as the seventh', () => {
    const shades = shadesOf('#3b5bdb');
    expect(shades).toHaveLength(10);
    expect(shades[6]).toBe('#3b5bdb');
    const light = shades.map((shade) => Number.parseInt(shade.slice(1, 3), 16));
    expect(light).toEqual(light.toSorted((a, b) => b - a));
  });

  it.each(['indigo', '#fff', '3b5bdb', '#3b5bdg', ''])('are refused of "%s"', (color) => {
    expect(() => shadesOf(color)).toThrow(/VITE_APP_COLOR/);
  });
});
