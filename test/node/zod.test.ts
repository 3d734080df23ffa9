import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extendZodWithOpenApi } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import * as zod from 'zod';
import * as inItsPlace from '../../src/zod.ts';

const SOURCE = readFileSync(fileURLToPath(import.meta.resolve('@hono/zod-openapi')), 'utf8');
const CODE = SOURCE.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

describe('what the bundle has in the place of zod', () => {
  it('exports all that zod does, but the default', () => {
    expect(Object.keys(inItsPlace).toSorted()).toEqual(
      Object.keys(zod)
        .filter((name) => name !== 'default')
        .toSorted(),
    );
    expect(inItsPlace.string).toBe(zod.string);
  });

  it('is asked by @hono/zod-openapi for an object `z` in one call', () => {
    const lines = CODE.split('\n').filter((line) => /(?<![-\w$])z(?![-\w$])/.test(line));
    expect(lines).toEqual([
      'import { z } from "zod";',
      'extendZodWithOpenApi(z);',
      'export { $, OpenAPIHono, createRoute, defineOpenAPIRoute, extendZodWithOpenApi, z };',
    ]);
  });

  it('gives that call all that it takes from the object', () => {
    const taken = new Set<PropertyKey>();
    // Not the class itself: one that is extended already is looked at and left alone.
    const ZodType = { prototype: {} };
    const observed = new Proxy(zod.z, {
      get(target, name) {
        taken.add(name);
        return name === 'ZodType' ? ZodType : Reflect.get(target, name);
      },
    });
    extendZodWithOpenApi(observed);
    expect(ZodType.prototype).toHaveProperty('openapi', expect.any(Function));
    expect([...taken]).toEqual(Object.keys(inItsPlace.z));
  });
});
