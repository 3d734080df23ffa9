import { createClient, TollgateError, unwrap } from 'tollgate/client';

/** Put in by build.ts. */
declare const TOLLGATE_URL: string;

const tollgate = createClient({ baseUrl: TOLLGATE_URL });
// To try it in the console: await tollgate.api.sessions.$get()
Object.assign(globalThis, { tollgate });

const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const say = (text: string) => {
  element('notice').textContent = text;
};

/** Does what a button asks for; a failure is a sentence on the page. */
async function attempt(action: () => Promise<unknown>): Promise<void> {
  say('');
  try {
    await action();
  } catch (error) {
    if (!(error instanceof TollgateError)) throw error;
    const fields = Object.entries(error.errors ?? {}).map(([field, message]) => `${field}: ${message}`);
    say([error.detail, ...fields].join(' '));
  }
}

async function show(): Promise<void> {
  const isIn = tollgate.signedIn === 'yes';
  element('signed-out').hidden = isIn;
  element('signed-in').hidden = !isIn;
  if (!isIn) return;
  const me = await unwrap(tollgate.api.me.$get());
  element('username').textContent = me.username;
  element('email').textContent = me.email;
  if (!me.is_verified) {
    element('plan').textContent = 'Open the link in your mail first, then ask again.';
    element('usage').textContent = '';
    return;
  }
  const { tier, usage } = await unwrap(tollgate.api.billing.entitlements.$get());
  element('plan').textContent = tier;
  element('usage').textContent = usage
    .map(({ metric, used, limit }) => `${metric}: ${used} of ${limit < 0 ? 'any number' : limit}`)
    .join(', ');
}

function onSubmit(id: string, submit: (fields: Record<string, string>) => Promise<unknown>): void {
  const form = element<HTMLFormElement>(id);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
    void attempt(() => submit(fields));
  });
}

onSubmit('login', ({ email = '', password = '' }) => tollgate.login({ email, password }));
onSubmit('register', async ({ email = '', username = '', password = '' }) => {
  await tollgate.api.register.$post({ json: { email, username, password } });
  await tollgate.login({ email, password });
});
element('logout').addEventListener('click', () => void attempt(() => tollgate.logout()));
element('reload').addEventListener('click', () => void attempt(show));

// Also when it happens in another tab.
tollgate.onChange(() => void attempt(show));
// The token went with the page that was here before; the cookie that a page cannot see did not.
await attempt(async () => {
  await tollgate.refresh();
  await show();
});
