import { describe } from 'vitest';
import { describeVerifier } from './support/verifier-tests.ts';

describe('verifyAccessToken in Node', describeVerifier);
