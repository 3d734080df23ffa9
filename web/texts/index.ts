import { en } from './en.ts';

/** What every language has to say. A second one is a file beside en.ts, `satisfies Texts`, and a line here. */
export type Texts = typeof en;

const LANGUAGES: Readonly<Record<string, Texts>> = { en };

/** The first of the reader's languages that there is. */
const language =
  navigator.languages.map((tag) => tag.split('-')[0] ?? '').find((tag) => tag in LANGUAGES) ?? 'en';

document.documentElement.lang = language;

/** The texts of the pages, in the reader's language. */
export const t: Texts = LANGUAGES[language] ?? en;
