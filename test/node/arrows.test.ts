import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What stands in src, and what each file imports: our own files by path, packages by name. */
const SRC = resolve(import.meta.dirname, '../../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const imports = [
      ...code.matchAll(/(import|export)\s(type\s)?[^;'"]*?from\s+'([^']+)'|import\s+'([^']+)'/g),
    ].map((match) => {
      const specifier = match[3] ?? match[4] ?? '';
      const target = specifier.startsWith('.')
        ? relative(SRC, resolve(dirname(join(SRC, file)), specifier))
        : specifier;
      return { target, typeOnly: match[2] !== undefined };
    });
    return { file, code, imports };
  });

/** The package that an import names. */
const packageOf = (target: string) =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
const DOMAINS = ['auth', 'billing', 'api-keys', 'usage', 'admin', 'mail'];
/** What a domain shows to the web; the rest of it does not know that there is one. */
const EDGE = /\/([a-z-]+-)?(routes|contract|answers)\.ts$/;
const inDomain = (file: string) => DOMAINS.some((domain) => file.startsWith(`${domain}/`));
const isUseCase = (file: string) => inDomain(file) && !EDGE.test(file);

const violations = (
  applies: (file: string) => boolean,
  forbidden: (target: string, file: string) => boolean,
) =>
  files
    .filter(({ file }) => applies(file))
    .flatMap(({ file, imports }) =>
      imports.filter(({ target }) => forbidden(target, file)).map(({ target }) => `${file} → ${target}`),
    );

describe('the arrows that may not be drawn', () => {
  it('are looked for in files that are there', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.find(({ file }) => file === 'auth/routes.ts')?.imports.length).toBeGreaterThan(10);
  });

  it('rules import neither I/O nor a clock nor env', () => {
    const rules = files.filter(({ file }) => file.endsWith('/rules.ts'));
    expect(rules.length).toBeGreaterThan(0);
    for (const { imports, code } of rules) {
      expect(
        imports
          .filter(({ typeOnly }) => !typeOnly)
          .map(({ target }) => target)
          .filter((target) => !/^(errors|ids|money|auth\/common-passwords)\.ts$/.test(target)),
      ).toEqual([]);
      expect(code).not.toMatch(/Date\.now|new Date\(\)|fetch\(|\benv\b|crypto\.|Math\.random/);
    }
  });

  it('a use case knows neither Hono nor an adapter nor the web layer', () => {
    const web = (target: string) =>
      /^(hono|@hono\/.*)$/.test(packageOf(target)) ||
      /^(adapters|http)\//.test(target) ||
      /^(app|worker|deps)\.ts$/.test(target);
    expect(violations(isUseCase, web)).toEqual([]);
  });

  it('neither a route nor a method of the entrypoint ever touches SQL', () => {
    const sql = (target: string) =>
      packageOf(target) === 'drizzle-orm' || target.startsWith('db/') || /store\.ts$/.test(target);
    const runtimeImports = files
      .filter(({ file }) => /routes\.ts$|^rpc\//.test(file))
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ target, typeOnly }) => sql(target) && !typeOnly)
          .map(({ target }) => `${file} → ${target}`),
      );
    expect(runtimeImports).toEqual([]);
  });

  it('auth knows neither billing nor admin, billing neither usage nor admin, and mail none of them', () => {
    const knows = (domain: string, ...others: string[]) =>
      violations(
        (file) => file.startsWith(`${domain}/`),
        (target) => others.some((other) => target.startsWith(`${other}/`)),
      );
    expect(knows('auth', 'billing', 'admin', 'usage', 'api-keys')).toEqual([]);
    expect(knows('billing', 'admin', 'usage')).toEqual([]);
    expect(knows('usage', 'admin', 'api-keys')).toEqual([]);
    expect(knows('mail', 'auth', 'billing', 'admin', 'usage', 'api-keys')).toEqual([]);
  });

  it('a package for what is outside is imported by its adapter alone', () => {
    const outside: Record<string, RegExp> = {
      jose: /^(adapters\/(jose|remote-keys)|verify)\.ts$/,
      'hash-wasm': /^adapters\/argon2\.ts$/,
      'worker-mailer': /^adapters\//,
      'cloudflare:sockets': /^adapters\//,
      '@neondatabase/serverless': /^db\//,
      liquidjs: /^mail\/(render|templates)\.ts$/,
      stripe: /^adapters\//,
      arctic: /^adapters\//,
    };
    for (const [name, home] of Object.entries(outside)) {
      expect(
        violations(
          (file) => !home.test(file),
          (target) => packageOf(target) === name,
        ),
      ).toEqual([]);
    }
  });

  it('env is read in worker.ts and deps.ts alone', () => {
    const readers = files.filter(({ code }) =>
      /\benv\.[A-Z]|cloudflare:workers|process\.env|c\.env\b/.test(code),
    );
    expect(readers.map(({ file }) => file).sort()).toEqual(['deps.ts', 'worker.ts']);
  });

  it('an adapter is known to deps.ts, verify.ts and other adapters alone', () => {
    const known = violations(
      (file) => !/^(deps|verify)\.ts$/.test(file) && !file.startsWith('adapters/'),
      (target) => target.startsWith('adapters/'),
    );
    expect(known).toEqual([]);
  });

  it('no files import each other in a circle', () => {
    const edges = new Map(
      files.map(({ file, imports }) => [
        file,
        imports.filter((one) => !one.typeOnly).map((one) => one.target),
      ]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const target of edges.get(file) ?? []) walk(target, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) walk(file, []);
    expect(circles).toEqual([]);
  });

  it('interactive transactions, which Neon over HTTP does not have, are nowhere', () => {
    const named = files.filter(({ code }) => /\.transaction\(/.test(code));
    // What the driver calls a transaction is a list of statements: Db.batch.
    expect(named.map(({ file }) => file)).toEqual(['db/client.ts']);
    expect(named[0]?.code.match(/\.transaction\(.*/g)).toEqual([
      '.transaction(all.map(prepare)).catch(rethrow);',
    ]);
  });
});
