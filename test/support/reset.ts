import { reset } from 'cloudflare:test';
import { beforeAll } from 'vitest';

// Files share a Worker (vitest.config.ts), but not what it kept in KV.
beforeAll(() => reset());
