const WHITE = [255, 255, 255] as const;
const BLACK = [0, 0, 0] as const;

/** How far each shade goes towards white, then black; the colour itself is the seventh. */
const STEPS = [-0.92, -0.82, -0.66, -0.5, -0.34, -0.18, 0, 0.12, 0.24, 0.36];

/**
 * Ten shades of a colour, the lightest first, as the theme wants them.
 *
 * @param hex like `#3b5bdb`
 * @throws {RangeError} for anything else
 */
export function shadesOf(hex: string): string[] {
  if (!/^#[0-9a-f]{6}$/i.test(hex))
    throw new RangeError(`VITE_APP_COLOR must be like #3b5bdb, not "${hex}".`);
  const rgb = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return STEPS.map((step) => {
    const target = step < 0 ? WHITE : BLACK;
    const mixed = rgb.map((value, index) =>
      Math.round(value + ((target[index] ?? 0) - value) * Math.abs(step)),
    );
    return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  });
}
