// What pages do by themselves. Everything is asked of the API, whose answers say what went wrong and what to do.
// its address changes with what it holds, as this one's does; not waited for: a click before it is there would be lost
const blurhash = import(`./blurhash.js${new URL(import.meta.url).search}`);

const AT_REST = ['published', 'review', 'blocked', 'rejected', 'failed', 'withdrawn'];
const AT_A_TIME = 3;
const PATIENCE = 10_000;
const LINKS_STAND = 300_000;
const said = document.getElementById('said');

const wait = ms => new Promise(done => setTimeout(done, ms));
const say = text => { said.textContent = text; };

const ask = async (method, path, body) =>
  understood(await fetch(path, { method, body: body && JSON.stringify(body), headers: body ? { 'Content-Type': 'application/json' } : {} }).catch(() => null));

// null: there was no answer
async function understood(answer) {
  if (!answer) throw new Error('Safelight does not answer; try again.');
  const told = await answer.json().catch(() => null);
  if (answer.ok && !told) throw new Error('This was not answered by Safelight: perhaps you have to log in again.');
  if (!answer.ok) throw Object.assign(new Error(told?.detail ?? `${answer.status}: ${answer.statusText}`), { status: answer.status });
  return told;
}

// --- what is shown

const ages = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function age(time) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  const [unit, length] = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]].find(([, l]) => Math.abs(seconds) >= l) ?? ['second', 1];
  time.title ||= time.textContent;
  const said = ages.format(Math.round(seconds / length), unit);
  if (time.textContent !== said) time.textContent = said;
}
const ageAll = part => part.querySelectorAll('time[datetime]').forEach(age);

function dress(part) {
  ageAll(part);
  part.querySelectorAll('canvas[data-blurhash]').forEach(async canvas => {
    const { decode } = await blurhash;
    const context = canvas.getContext('2d');
    const pixels = context.createImageData(canvas.width, canvas.height);
    pixels.data.set(decode(canvas.dataset.blurhash, canvas.width, canvas.height));
    context.putImageData(pixels, 0, 0);
  });
}

// nobody's place is taken from under them
const mayChange = part => !part.contains(document.activeElement);
// a link that is signed anew leads to the same picture; but every few minutes it counts, lest those that are still to be loaded expire
const content = part => Math.floor(Date.now() / LINKS_STAND) + part.innerHTML.replace(/(\/i\/[^"?]*)\?[^"]*/g, '$1');

// null where nobody answers, or something else does, such as a log-in
async function asked(part) {
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(part.id) : null;
  } catch {
    return null;
  }
}

// what is no longer live must not look as if it were
function mark(part, answers) {
  const note = part.previousElementSibling;
  part.classList.toggle('stale', !answers);
  if (answers) {
    part.dataset.since = new Date().toLocaleTimeString();
    note.textContent = '';
  } else {
    note.textContent ||= `Safelight has not answered since ${part.dataset.since}: this is how it was then. Perhaps you have to log in again.`;
  }
}

async function refresh(part) {
  if (document.hidden) return;
  const fresh = await asked(part);
  if (part.dataset.live) mark(part, fresh);
  if (!fresh || !mayChange(part) || content(fresh) === shown.get(part)) return;
  shown.set(part, content(fresh));
  part.replaceChildren(...fresh.childNodes);
  dress(part);
}

const shown = new Map();
document.querySelectorAll('[data-live]').forEach(part => {
  shown.set(part, content(part));
  mark(part, true);
  setInterval(refresh, part.dataset.live * 1000, part);
});
dress(document);
setInterval(ageAll, 1000, document);

// --- uploads

const upload = document.getElementById('upload');
if (upload) {
  const input = upload.querySelector('input');
  const list = document.getElementById('uploads');
  const waiting = [];
  let running = 0;

  const add = files => {
    for (const file of files) {
      const row = list.appendChild(document.createElement('li'));
      const name = row.appendChild(Object.assign(document.createElement('span'), { className: 'name', textContent: file.name, title: file.name }));
      const bar = row.appendChild(Object.assign(document.createElement('progress'), { max: 1, value: 0 }));
      const told = row.appendChild(Object.assign(document.createElement('span'), { textContent: 'waits' }));
      bar.setAttribute('aria-label', file.name);
      waiting.push({ file, name, bar, told });
    }
    next();
  };
  const next = () => {
    while (running < AT_A_TIME && waiting.length) {
      running++;
      const one = waiting.shift();
      follow(one).catch(e => tell(one, e.message)).finally(() => { running--; next(); });
    }
  };
  const tell = (one, text) => { one.told.textContent = text; one.bar.value = 1; say(`${one.file.name}: ${text}`); };

  const send = one => new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
    const form = new FormData();
    form.append('file', one.file);
    request.upload.onprogress = e => { if (e.lengthComputable) one.bar.value = 0.9 * e.loaded / e.total; };
    request.onerror = () => failed(new Error('The connection broke off; add it again.'));
    request.onload = () => {
      let told;
      try { told = JSON.parse(request.responseText); } catch { /* a gateway's own page */ }
      const image = told?.images?.[0];
      if (image?.id) done(image); else failed(new Error((image?.problem ?? told)?.detail ?? `It was answered ${request.status}, and not by Safelight.`));
    };
    request.open('POST', '/upload');
    request.send(form);
    one.told.textContent = 'is sent';
  });

  const follow = async one => {
    const { id } = await send(one);
    const link = Object.assign(document.createElement('a'), { href: `/console/images/${id}`, textContent: one.file.name });
    one.name.replaceChildren(link);
    one.bar.removeAttribute('value');
    one.told.textContent = 'accepted';
    watch(one, id);
  };
  const watch = async (one, id) => {
    for (let pause = 500; ; pause = Math.min(5000, pause * 1.3)) {
      await wait(pause);
      const image = await ask('GET', `/api/images/${id}`).catch(e => ({ state: e.status === 404 ? 'accepted' : 'unknown' }));
      one.told.textContent = image.state;
      if (AT_REST.includes(image.state)) {
        tell(one, image.reason && image.state !== 'published' ? `${image.state}. ${image.reason}` : image.state);
        return refresh(document.getElementById('gallery'));
      }
    }
  };

  input.addEventListener('change', () => { add(input.files); input.value = ''; });
  for (const kind of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(kind, e => {
      e.preventDefault();
      upload.classList.toggle('over', kind === 'dragover');
      if (kind === 'drop') add(e.dataTransfer.files);
    });
  }
}

// --- decisions

// a browser may be told to keep nothing, and then refuses to be asked
const remembered = () => { try { return localStorage.getItem('by'); } catch { return null; } };
const remember = by => { try { localStorage.setItem('by', by); } catch { /* then it is typed anew */ } };

const name = document.querySelectorAll('input[name=by]');
name.forEach(input => {
  input.value = remembered() ?? '';
  input.addEventListener('change', () => {
    remember(input.value);
    name.forEach(other => { other.value = input.value; });
  });
});

function submitted(selector, act) {
  document.addEventListener('submit', async e => {
    const form = e.target.closest(selector);
    if (!form) return;
    e.preventDefault();
    const buttons = form.querySelectorAll('button');
    buttons.forEach(button => { button.disabled = true; });
    try {
      await act(form, e.submitter?.value, Object.fromEntries(new FormData(form)));
    } catch (problem) {
      say(problem.message);
    } finally {
      buttons.forEach(button => { button.disabled = false; });
    }
  });
}

// a reason that is typed to its end decides nothing yet: Enter would press the first button, whichever that is
document.addEventListener('keydown', e => {
  if (e.key === 'Enter' && e.target.matches('form.decide input, form.bury input')) e.preventDefault();
});

submitted('form.decide', async (form, decision, { by, reason }) => {
  const { image: id, version } = form.dataset;
  const image = decision === 'withdraw'
    ? confirm('Every copy is deleted, and the same picture is blocked from now on. This cannot be taken back.')
      && await ask('DELETE', `/api/images/${id}?${new URLSearchParams({ reason, by })}`)
    : await ask('POST', `/api/review/${id}`, { decision, reason, reviewer: by, version });
  if (!image) return;
  say(`The image is ${image.state}.`);
  if (form.dataset.then !== 'next') return location.reload();
  const item = form.closest('li');
  const next = item.nextElementSibling ?? item.previousElementSibling;
  if (!next) return location.reload(); // more may wait than a page has
  item.remove();
  next.querySelector('[data-unblur]').focus();
});

submitted('form.bury', async (form, action, { by, reason }) => {
  const { group, last } = form.dataset;
  const progress = form.querySelector('progress');
  let done = 0;
  let begun;
  progress.hidden = false;
  try {
    for (let remaining = 1; remaining > 0;) {
      const told = await ask('POST', `/api/dead-letters/${action}`, action === 'replay' ? { group, begun } : { group, until: last, reason, by });
      done += told.replayed ?? told.discarded;
      ({ remaining, begun } = told);
      Object.assign(progress, { max: done + remaining, value: done });
      say(`${done} done, ${remaining} to go.`);
    }
  } finally {
    progress.hidden = true;
  }
  location.reload();
});

submitted('form.replay-one', async form => {
  await ask('POST', `/api/dead-letters/${encodeURIComponent(form.dataset.letter)}/replay`);
  location.reload();
});

// a picture that cannot be shown says why in its place, lest somebody decide without having seen it
async function explain(preview) {
  const answer = await fetch(preview.src).catch(() => null);
  if (preview.naturalWidth) return; // it came meanwhile
  if (answer?.ok && answer.headers.get('Content-Type')?.startsWith('image/') && !preview.dataset.again) {
    preview.dataset.again = true;
    preview.src = preview.src; // its trouble has passed
    return;
  }
  const { message } = await understood(answer).catch(problem => problem);
  preview.loading = 'eager'; // what is hidden would not be loaded when it is asked for again
  preview.hidden = true;
  const why = preview.previousElementSibling ?? preview.parentElement.insertBefore(document.createElement('p'), preview);
  Object.assign(why, { className: 'reason', textContent: `The picture cannot be shown. ${message}` });
}
const isPreview = part => part.matches?.('img[data-preview]');
document.querySelectorAll('img[data-preview]').forEach(preview => { if (preview.complete && !preview.naturalWidth) explain(preview); });
document.addEventListener('error', e => { if (isPreview(e.target)) explain(e.target); }, true);
document.addEventListener('load', e => {
  if (!isPreview(e.target)) return;
  e.target.hidden = false;
  e.target.previousElementSibling?.remove();
}, true);

document.addEventListener('click', e => {
  const button = e.target.closest('[data-unblur]');
  if (!button) return;
  const image = button.parentElement.querySelector('img');
  const shown = button.getAttribute('aria-pressed') !== 'true';
  image.src = image.dataset.preview + (shown ? '?blur=false' : '');
  image.alt = shown ? 'The picture' : 'The picture, blurred';
  button.setAttribute('aria-pressed', shown);
  button.textContent = shown ? 'Blur it again' : 'Show the picture';
});
