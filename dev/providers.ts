import { createEmulator } from 'emulate';
import { LOOPBACK } from './http.ts';

/** An application as the provider knows it. */
export type Client = {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
};

export type ProviderOptions = {
  /** 0 for any free one. */
  readonly port: number;
  readonly client: Client;
};

/** A provider that is running; `url` without a slash at the end. */
export type RunningProvider = { readonly url: string; close(): Promise<void> };

/** Who can be chosen on the page, besides the emulator's own `testuser@gmail.com`. */
const GOOGLE_USERS = [
  { email: 'ada@acme.test', name: 'Ada Lovelace' },
  { email: 'grace@acme.test', name: 'Grace Hopper' },
  { email: 'unverified@acme.test', name: 'Una Verified', email_verified: false },
];

/** Besides its own `admin`. `hidden` shows no address: its account here gets one that is never mailed. */
const GITHUB_USERS = [
  { login: 'ada', name: 'Ada Lovelace', email: 'ada@acme.test' },
  { login: 'octocat', name: 'The Octocat', email: 'octocat@acme.test' },
  { login: 'hidden', name: 'Nobody Knows' },
];

/** Google's sign-in on this machine: a page to choose a user, with PKCE. What it knows is gone when it ends. */
export function startGoogle({ port, client }: ProviderOptions): Promise<RunningProvider> {
  const oauth_clients = [
    {
      client_id: client.id,
      client_secret: client.secret,
      name: 'Tollgate',
      redirect_uris: [client.redirectUri],
    },
  ];
  return createEmulator({
    service: 'google',
    port,
    hostname: LOOPBACK,
    seed: { google: { users: GOOGLE_USERS, oauth_clients } },
  });
}

/** GitHub's, likewise; it takes no notice of PKCE. */
export function startGitHub({ port, client }: ProviderOptions): Promise<RunningProvider> {
  const oauth_apps = [
    {
      client_id: client.id,
      client_secret: client.secret,
      name: 'Tollgate',
      redirect_uris: [client.redirectUri],
    },
  ];
  return createEmulator({
    service: 'github',
    port,
    hostname: LOOPBACK,
    seed: { github: { users: GITHUB_USERS, oauth_apps } },
  });
}
