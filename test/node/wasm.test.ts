import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { extractWasm, wasmFile } from '../../dev/extract-wasm.ts';

describe('the committed WebAssembly', () => {
  it.each(['argon2', 'blake2b'] as const)('%s is what the installed hash-wasm carries', (name) => {
    // Compared as a verdict, not as bytes: seven kilobytes of diff would say less than the hint.
    const same = readFileSync(wasmFile(name)).equals(extractWasm(name));
    expect(same, `${name}.wasm is stale: npm run wasm:extract`).toBe(true);
  });
});
