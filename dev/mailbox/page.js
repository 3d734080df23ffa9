// The mailbox's page. Runs in the browser as it stands; mails are put in as text, their HTML only in a sandboxed frame.
const at = (id) => document.getElementById(id);
const PARTS = ['html', 'text', 'headers'];

let mails = [];
let openId;
let part = 'html';

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function listItem(mail) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.id = mail.id;
  const time = element('time', new Date(mail.date).toLocaleTimeString());
  time.dateTime = mail.date;
  button.append(element('strong', mail.subject || '(no subject)'), element('span', mail.to.join(', ')), time);
  button.addEventListener('click', () => open(mail.id));
  const item = document.createElement('li');
  item.append(button);
  return item;
}

function showList() {
  const newestFirst = mails.toReversed();
  at('list').replaceChildren(...newestFirst.map(listItem));
  at('count').textContent = mails.length === 1 ? '1 mail' : `${mails.length} mails`;
  at('empty').hidden = mails.length > 0;
  at('list').parentElement.hidden = mails.length === 0;
  at('clear').disabled = mails.length === 0;
  markOpen();
}

function markOpen() {
  for (const button of at('list').querySelectorAll('button')) {
    if (button.dataset.id === openId) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
}

function open(id) {
  const mail = mails.find((candidate) => candidate.id === id);
  openId = mail?.id;
  at('mail').hidden = !mail;
  markOpen();
  if (!mail) return;
  at('subject').textContent = mail.subject || '(no subject)';
  const facts = { From: mail.from, To: mail.to.join(', '), Date: new Date(mail.date).toLocaleString() };
  at('facts').replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [element('dt', name), element('dd', value)]),
  );
  at('part-html').src = `/email/${mail.id}/html`;
  at('part-text').textContent = mail.text;
  at('part-headers').textContent = Object.entries(mail.headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  showPart(mail.html ? part : 'text');
}

function showPart(wanted) {
  for (const name of PARTS) {
    at(`tab-${name}`).setAttribute('aria-selected', String(name === wanted));
    at(`part-${name}`).hidden = name !== wanted;
  }
}

async function refresh() {
  const known = openId;
  mails = await (await fetch('/email')).json();
  showList();
  if (known === undefined || !mails.some((mail) => mail.id === known)) open(mails.at(-1)?.id);
}

for (const name of PARTS) {
  at(`tab-${name}`).addEventListener('click', () => {
    part = name;
    showPart(name);
  });
}
at('clear').addEventListener('click', () => fetch('/email', { method: 'DELETE' }));

const events = new EventSource('/events');
events.addEventListener('open', refresh);
events.addEventListener('message', refresh);
