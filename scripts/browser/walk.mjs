// usage: node walk.mjs URL OUT PHOTO DROPPED HELD
// Walks through the console as a person would: uploads PHOTO, drops DROPPED, finds it, clears the image HELD, replays dead letters, withdraws. Leaves screenshots in OUT, and prints what it found
// wrong, a line each: accessibility violations that are serious or worse, pages wider than a phone, errors in scripts. Where it cannot go on, it says where it stands and ends with 1.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { browse, resolve } from './browser.mjs';

const [url, out, photo, dropped, held] = process.argv.slice(2);
const axe = readFileSync(resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESK = { width: 1280, height: 900 };
// an upload is unknown until its first message has arrived; the last page is of an image that is not there
const EXPECTED = /\/api\/images\/|\/nonsense$/;

let page;

// not by an idle network: what a live page asks for as it is loaded anew counts as under way for ever
const settled = () => page.waitForFunction(() => document.readyState === 'complete' && [...document.images].every(image => {
  const place = image.getBoundingClientRect();
  return image.complete || place.top > innerHeight || place.bottom < 0; // those further down may wait
}));

async function look(name, ready = settled) {
  for (const scheme of ['light', 'dark']) {
    // nothing moves: a colour on its way from one scheme to the other is neither
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
    for (const [size, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      await page.setViewport(viewport);
      await ready();
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

// as from a folder beside the browser
async function drop(file) {
  await page.evaluate((name, content) => {
    const files = new DataTransfer();
    files.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], name, { type: 'image/jpeg' }));
    const target = document.getElementById('upload');
    const tell = kind => target.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
    const taken = [!tell('dragover'), target.classList.contains('over'), !tell('drop'), !target.classList.contains('over')];
    if (taken.includes(false)) throw new Error(`what is dropped would be opened by the browser, or it is not shown where to drop it: ${taken}`);
  }, path.basename(file), readFileSync(file).toString('base64'));
}

await browse(out, EXPECTED, async opened => {
  page = opened;
  await open('/');
  await (await page.$('#files')).uploadFile(photo);
  await shows('#uploads li', 'published');
  await shows('#gallery .state', 'published');
  const image = await page.$eval('#uploads a', a => a.getAttribute('href'));
  await page.waitForFunction(was => document.querySelector('#gallery time').textContent !== was, {}, await page.$eval('#gallery time', time => time.textContent)); // ages go on

  await drop(dropped);
  await page.waitForFunction(() => document.querySelector('#uploads li:nth-child(2) progress')?.value === 1);
  await shows('#uploads li:nth-child(2)', 'published');
  await page.type('#find', 'DROPPED');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await shows('#gallery .name', path.basename(dropped));
  const found = await page.$$eval('#gallery .card', cards => cards.length);
  if (found !== 1) console.log(`found: ${found} images, not the one of that name`);
  await look('found');
  await open('/');
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
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]); // the last one there: what else waits is asked for
  await shows('.empty', 'Nobody waits for you.');

  await open('/console/dead-letters');
  await look('dead-letters');
  await Promise.all([page.waitForNavigation(), page.click('form.bury button[value=replay]')]);
  const group = await page.$eval('article h2 a', a => a.getAttribute('href'));
  await open(group);
  await look('dead-letter-group');

  await open('/console/system');
  await look('system');
  await page.setRequestInterception(true);
  const logIn = request => request.resourceType() === 'fetch'
    ? request.respond({ status: 200, contentType: 'text/html', body: '<!doctype html><title>Log in</title>' }) : request.continue();
  page.on('request', logIn);
  await look('system-silent', () => shows('.silence', 'has not answered since'));
  page.off('request', logIn);
  await page.setRequestInterception(false);
  await page.waitForFunction(() => document.querySelector('.silence').textContent === '' && !document.querySelector('.stale'));

  await open(image);
  await page.$eval('input[name=reason]', (input, text) => { input.value = text; }, 'я'.repeat(2000)); // the longest, and each takes six characters of an address
  await Promise.all([page.waitForNavigation(), page.click('button[value=withdraw]')]);
  await shows('h1 .state', 'withdrawn');
  await open('/console/images/nonsense');
  await look('problem');
});
