// A browser for tests, and a page in it; prints errors of scripts, a line each.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.resolve('target/browser/any.mjs'));
const puppeteer = require('puppeteer-core');
const PATIENCE = 120_000;

/** Where a file of an installed package is. */
export const resolve = name => require.resolve(name);

/**
 * Calls walk with a page. Where it cannot go on, says where it stands, leaves failure.png in out, and has the process end with 1.
 * @param expected which addresses may answer with an error
 */
export async function browse(out, expected, walk) {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
    timeout: PATIENCE,
    protocolTimeout: 2 * PATIENCE,
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on('pageerror', e => console.log(`script: ${e.message ?? e}`));
  page.on('console', said => {
    const where = said.location().url ?? '';
    if (said.type() === 'error' && !expected.test(where)) console.log(`script: ${said.text()} ${where}`);
  });
  page.on('dialog', dialog => dialog.accept());
  try {
    await walk(page);
  } catch (e) {
    await page.screenshot({ path: path.join(out, 'failure.png') }).catch(() => {});
    const told = await page.evaluate(() => `${document.title}; ${document.getElementById('said')?.textContent}; ${document.querySelector('main')?.innerText}`).catch(() => 'nothing');
    console.error(`${e.stack}\nat ${page.url()}, which shows ${told.slice(0, 2_000)}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}
