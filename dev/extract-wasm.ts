// Cuts the WebAssembly out of the installed hash-wasm into real .wasm files, because workerd only runs modules
// that were compiled at deploy time and hash-wasm carries its own as base64. Run after upgrading hash-wasm.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The binaries the password hasher needs, with the exports it calls. */
export const WASM_EXPORTS = {
  argon2: ['memory', 'Hash_SetMemorySize', 'Hash_GetBuffer', 'Hash_Calculate'],
  blake2b: ['memory', 'Hash_GetBuffer', 'Hash_Init', 'Hash_Update', 'Hash_Final'],
} as const;

export type WasmName = keyof typeof WASM_EXPORTS;

const BUNDLE = new URL('../node_modules/hash-wasm/dist/index.esm.js', import.meta.url);

/** Where the binary `name` is committed. */
export function wasmFile(name: WasmName): URL {
  return new URL(`../src/adapters/wasm/${name}.wasm`, import.meta.url);
}

/**
 * Reads the binary `name` out of the installed hash-wasm.
 *
 * @throws Error when the package no longer carries it in this shape, when the bytes do not match the fingerprint
 *   beside them, or when the module lost an export or gained an import: the adapter was written against these.
 */
export function extractWasm(name: WasmName): Buffer<ArrayBuffer> {
  const bundle = readFileSync(BUNDLE, 'utf8');
  const found = new RegExp(
    `var name\\$?\\w* = "${name}";\\s*var data\\$?\\w* = "([A-Za-z0-9+/=]+)";\\s*var hash\\$?\\w* = "([0-9a-f]{8})";`,
  ).exec(bundle);
  const [, data, fingerprint] = found ?? [];
  if (data === undefined || fingerprint === undefined)
    throw new Error(`hash-wasm changed: no ${name} binary`);

  const binary = Buffer.from(data, 'base64');
  // hash-wasm's own fingerprint, the first four bytes of a SHA-1: proof that data and name still belong together.
  if (!createHash('sha1').update(binary).digest('hex').startsWith(fingerprint)) {
    throw new Error(`hash-wasm changed: the ${name} binary does not match its fingerprint ${fingerprint}`);
  }

  const module = new WebAssembly.Module(binary);
  const exported = new Set(WebAssembly.Module.exports(module).map((entry) => entry.name));
  const missing = WASM_EXPORTS[name].filter((wanted) => !exported.has(wanted));
  if (missing.length > 0)
    throw new Error(`hash-wasm changed: ${name} no longer exports ${missing.join(', ')}`);
  const imports = WebAssembly.Module.imports(module).length;
  if (imports > 0) throw new Error(`hash-wasm changed: ${name} now needs ${imports} imports`);
  return binary;
}

if (import.meta.main) {
  mkdirSync(new URL('../src/adapters/wasm/', import.meta.url), { recursive: true });
  for (const name of ['argon2', 'blake2b'] as const) {
    const binary = extractWasm(name);
    writeFileSync(wasmFile(name), binary);
    console.log(`${fileURLToPath(wasmFile(name))}: ${binary.length} bytes`);
  }
}
