/** The public face of the package: what a Worker of your own needs to mount Tollgate, whole or in parts. */
export { type AppOptions, type AppType, createApp } from './app.ts';
export { createAuthRouter } from './auth/routes.ts';
export { AppError, ERROR_CODES, type ErrorCode } from './errors.ts';
export { Problem } from './http/problem.ts';
export type { Deps, DepsResolver } from './http/router.ts';
export { readSettings, type Settings, SettingsError } from './settings.ts';
export { createHealthRouter } from './system/health.ts';
