// usage: node walk.mjs URL OUT PHOTO HELD
// Walks through the console as a person would: uploads PHOTO, clears the image HELD, replays dead letters, withdraws. Leaves screenshots in OUT, and prints what it found
// wrong, a line each: accessibility violations that are serious or worse, pages wider than a phone, errors in scripts. Where it cannot go on, it says where it stands and ends with 1.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [url, out, photo, held] = process.argv.slice(2);
const require = createRequire(path.resolve('target/browser/walk.mjs'));
const puppeteer = require('puppeteer-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 120_000;
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESK = { width: 1280, height: 900 };

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  timeout: PATIENCE,
  protocolTimeout: 2 * PATIENCE,
});
const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE);
page.on('pageerror', e => console.log(`script: ${e.message}`));
page.on('console', said => {
  const where = said.location().url ?? '';
  // an upload is unknown until its first message has arrived; the last page is of an image that is not there
  if (said.type() === 'error' && !/\/api\/images\/|\/nonsense$/.test(where)) console.log(`script: ${said.text()} ${where}`);
});
page.on('dialog', dialog => dialog.accept());

// not by an idle network: what a live page asks for as it is loaded anew counts as under way for ever
const settled = () => page.waitForFunction(() => document.readyState === 'complete' && [...document.images].every(image => {
  const place = image.getBoundingClientRect();
  return image.complete || place.top > innerHeight || place.bottom < 0; // those further down may wait
}));

async function look(name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const [size, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      await page.setViewport(viewport);
      await settled();
      const tooWide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
      if (tooWide > 0) console.log(`layout: ${name} is ${tooWide} px too wide for a ${size}`);
      await page.evaluate(axe); // as a debugger does, which the page's policy has no say in
      const { violations } = await page.evaluate(() => window.axe.run());
      for (const v of violations.filter(v => ['serious', 'critical'].includes(v.impact))) {
        console.log(`accessibility: ${name} ${scheme} ${size} ${v.id} ${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(', ')}`);
      }
      await page.screenshot({ path: path.join(out, `${name}-${scheme}-${size}.png`) });
    }
  }
  await page.setViewport(DESK);
}

const open = where => page.goto(new URL(where, url).href);
const shows = (selector, text) => page.waitForFunction((s, t) => [...document.querySelectorAll(s)].some(e => e.textContent.includes(t)), {}, selector, text);

try {
  await open('/');
  await (await page.$('#files')).uploadFile(photo);
  await shows('#uploads li', 'published');
  await shows('#gallery .state', 'published');
  const image = await page.$eval('#uploads a', a => a.getAttribute('href'));
  await look('images'); // a change to a phone loads the page anew
  await open(image);
  await look('image');

  await open('/console/review');
  await look('review');
  const article = `article:has(form[data-image="${held}"])`;
  await page.focus(`${article} [data-unblur]`);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`${article} [data-unblur][aria-pressed="true"]`);
  await page.type(`${article} input[name=by]`, 'a moderator');
  await page.type(`${article} input[name=reason]`, 'a test picture, and nothing else');
  await page.keyboard.press('Enter'); // decides nothing
  await page.focus(`${article} button[value=clear]`);
  await page.keyboard.press('Enter');
  await page.waitForFunction(s => !document.querySelector(s), {}, article);

  await open('/console/dead-letters');
  await look('dead-letters');
  await Promise.all([page.waitForNavigation(), page.click('form.bury button[value=replay]')]);
  const group = await page.$eval('article h2 a', a => a.getAttribute('href'));
  await open(group);
  await look('dead-letter-group');

  await open('/console/system');
  await look('system');

  await open(image);
  await page.type('input[name=reason]', 'the sitter asked');
  await Promise.all([page.waitForNavigation(), page.click('button[value=withdraw]')]);
  await shows('h1 .state', 'withdrawn');
  await open('/console/images/nonsense');
  await look('problem');
} catch (e) {
  await page.screenshot({ path: path.join(out, 'failure.png') }).catch(() => {});
  const told = await page.evaluate(() => `${document.title}; ${document.getElementById('said')?.textContent}; ${document.getElementById('main')?.innerText}`).catch(() => 'nothing');
  console.error(`${e.stack}\nat ${page.url()}, which shows ${told}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
