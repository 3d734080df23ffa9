import { createRouter } from '../http/router.ts';
import { createChatRoutes } from './chat-routes.ts';
import { createSqlRoutes } from './sql-routes.ts';

/** Asking the data: in SQL, or in words. */
export const createAskRoutes = () =>
  createRouter().route('/', createSqlRoutes()).route('/', createChatRoutes());
