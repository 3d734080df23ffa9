import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

/** What a page answers: HTML, or the address to go on to. */
export type PageAnswer = { status: number; html: Html } | { location: string };

/** What a browser sent: the fields of a form. */
export type Fields = Readonly<Record<string, string>>;

/** A page that says of itself that it is not Stripe. */
export function page(title: string, body: Html | Html[], wide = false): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page.css" />
      </head>
      <body>
        <main class="${wide ? 'wide' : ''}">
          ${body}
          <p class="faint">Stripe emulator: nothing here costs anything. ${wide ? '' : html`<a href="/">Desk</a>`}</p>
        </main>
      </body>
    </html>`;
}

export function notice(message: string | undefined): Html | '' {
  return message ? html`<p class="sheet notice" role="alert">${message}</p>` : '';
}

/** An amount of minor units as a person reads it. */
export function money(amount: number | null, currency: string | null): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency ?? 'usd' });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  return format.format((amount ?? 0) / 10 ** digits);
}

export function day(seconds: number | null | undefined): string {
  if (!seconds) return '–';
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** A button that does something by itself. */
export function button(action: string, fields: Fields, label: string): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return html`<form class="inline" method="post" action="${action}">
    ${hidden}<button type="submit">${label}</button>
  </form>`;
}
