// `npm run mail:preview`: every mail the service sends, with sample data, on one page.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importLiquidAsText } from './liquid-modules.ts';
import { previewPage } from './mail-preview-page.ts';
import { MAIL_SAMPLES } from './mail-samples.ts';
import { PROJECT_ROOT, runCommand } from './project.ts';

const OUTPUT = join(PROJECT_ROOT, 'dist/mail-preview.html');

await runCommand(async () => {
  importLiquidAsText();
  const { renderMail } = await import('../src/mail/render.ts');
  const link = async (id: string) => `https://auth.acme.test/link?token=${id.replaceAll('-', '').repeat(2)}`;
  const context = {
    appName: process.env.APP_NAME || 'Tollgate',
    frontendUrl: 'https://app.acme.test',
    linkTtlSeconds: 86_400,
    // Whatever kind of link a template asks for, it is given this one.
    links: new Proxy({} as Parameters<typeof renderMail>[1]['links'], { get: () => link }),
  };
  const mails = await Promise.all(
    Object.values(MAIL_SAMPLES)
      .flat()
      .map(async (content) => ({ kind: content.kind, ...(await renderMail(content, context)) })),
  );
  await mkdir(join(OUTPUT, '..'), { recursive: true });
  await writeFile(OUTPUT, previewPage(mails));
  console.log(OUTPUT);
});
