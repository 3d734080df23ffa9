export type PreviewedMail = {
  readonly kind: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
};

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** One page with each mail as a mailbox would show it: the HTML in a frame of its own, the text beside it. */
export function previewPage(mails: readonly PreviewedMail[]): string {
  const index = mails.map(({ kind }, at) => `<a href="#mail-${at}">${escaped(kind)}</a>`).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1280px; margin: 0 auto; padding: 24px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; }
section { margin-top: 48px; }
h2 { margin: 0; font-size: 18px; }
code { opacity: .7; }
.pair { display: grid; grid-template-columns: minmax(0, 680px) minmax(0, 1fr); gap: 16px; margin-top: 12px; align-items: start; }
iframe { width: 100%; height: 780px; border: 1px solid #8884; border-radius: 8px; background: #fff; color-scheme: light; }
pre { margin: 0; padding: 16px; overflow: auto; border: 1px solid #8884; border-radius: 8px; font-size: 13px; }
@media (max-width: 900px) { .pair { grid-template-columns: minmax(0, 1fr); } }
</style>
<h1>Mails</h1>
<nav>
${index}
</nav>
${mails.map(section).join('\n')}
</html>
`;
}

const section = ({ kind, subject, html, text }: PreviewedMail, at: number) => `<section id="mail-${at}">
<h2>${escaped(subject)}</h2>
<code>${escaped(kind)}</code>
<div class="pair">
<iframe title="${escaped(kind)}" sandbox srcdoc="${escaped(html)}"></iframe>
<pre>${escaped(text)}</pre>
</div>
</section>`;
