// usage: node hawtio.mjs URL OUT USER PASSWORD ROUTE stop|start
// Logs in to Hawtio, after a wrong password, looks at the diagram of ROUTE and stops or starts it. Leaves screenshots in OUT, and prints what it found wrong, a line each.
import path from 'node:path';
import { browse } from './browser.mjs';

const [url, out, user, password, route, operation] = process.argv.slice(2);
// who is not logged in is answered 401, and Hawtio's scripts say so
const EXPECTED = /\/hawtio\/user$|\/hawtio\/auth\/login$|\/hawtio\/static\/js\//;

await browse(out, EXPECTED, async page => {
  const shows = (selector, text) => page.waitForFunction((s, t) => [...document.querySelectorAll(s)].some(e => e.textContent.trim() === t), {}, selector, text);
  const click = async (selector, text) => {
    await shows(selector, text);
    await page.evaluate((s, t) => [...document.querySelectorAll(s)].find(e => e.textContent.trim() === t).click(), selector, text);
  };
  const logIn = async word => {
    await page.$eval('input[type=password]', input => input.select());
    await page.type('input[type=password]', word);
    await page.keyboard.press('Enter');
  };

  await page.setViewport({ width: 1400, height: 900 });
  await page.goto(new URL('/hawtio', url).href);
  await page.waitForSelector('input[type=password]');
  await page.type('input[type=text]', user);
  await logIn(`not ${password}`);
  await page.waitForFunction(() => /Invalid login credentials/.test(document.body.innerText));
  await page.screenshot({ path: path.join(out, 'hawtio-refused.png') });
  await logIn(password);

  await page.waitForSelector('input[type=search]');
  await page.type('input[type=search]', route);
  await click('.pf-v5-c-tree-view__node-text, .pf-v5-c-tree-view__node button', route);
  await shows('h1', route);
  await click('a', 'Route Diagram');
  await page.waitForSelector('.react-flow__node');
  await page.screenshot({ path: path.join(out, 'hawtio-diagram.png') });

  await click('a', 'Operations');
  const item = `void${operation}()`;
  await page.waitForFunction(t => [...document.querySelectorAll('li')].some(li => li.textContent.includes(t)), {}, item);
  // the item's first button opens it, and its own Execute is one of many
  await page.evaluate(t => [...document.querySelectorAll('li')].find(li => li.textContent.includes(t)).querySelector('button').click(), item);
  await page.evaluate(t => [...[...document.querySelectorAll('li')].find(li => li.textContent.includes(t)).querySelectorAll('button')]
    .find(button => button.textContent.trim() === 'Execute').click(), item);
  await page.waitForFunction(() => /Operation successful/.test(document.body.innerText));
  await page.screenshot({ path: path.join(out, `hawtio-${operation}.png`) });
});
