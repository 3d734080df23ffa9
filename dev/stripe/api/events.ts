import { missing } from '../wire/errors.ts';
import { type Page, paginate, type Range, within } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

export const eventRoutes: Routes = {
  'GET /v1/events/{id}': (call) => {
    const id = pathId(call);
    const found = call.account.state.events.find(({ event }) => event.id === id);
    if (!found) throw missing('event', id);
    return found.event;
  },
  'GET /v1/events': ({ account, params, path }) => {
    const { type, types, created, ...page } = params as Page & {
      type?: string;
      types?: string[];
      created?: Range;
    };
    const found = account.state.events
      .map(({ event }) => event)
      .filter(
        (event) =>
          (type === undefined || matches(event.type, type)) &&
          (types === undefined || types.some((one) => matches(event.type, one))) &&
          within(event.created, created),
      );
    return paginate(found, page, path);
  },
};

/** `charge.*` is every event about charges. */
function matches(type: string, wanted: string): boolean {
  return wanted === type || (wanted.endsWith('*') && type.startsWith(wanted.slice(0, -1)));
}
