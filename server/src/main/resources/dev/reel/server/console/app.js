// Starts the page: the list of sessions, and next to it one session.

import { Api } from './api.js';
import { el } from './dom.js';
import { askToken, tell } from './dialogs.js';
import { Router } from './router.js';
import { SessionView } from './session.js';
import { Sessions } from './sessions.js';
import { Status } from './status.js';

const KEYS = [
  ['/', 'search the sessions'], ['↑ ↓ Page Home End', 'move in a list'], ['← →', 'in the slider: one version back or on'],
  ['[ ]', 'to the previous or next checkpoint or rewind'], ['n', 'back to now'], ['e', 'conversation or events'],
  ['c', 'checkpoint'], ['r', 'rewind'], ['u', 'undo'], ['y', 'redo'], ['f', 'fork'], ['?', 'these keys'],
];

const api = new Api();
api.onUnauthorized = () => askToken(api, api.token ? 'The server does not accept the token of this tab.' : 'This server needs a token. It is kept for this tab until it is closed.');
const status = new Status(document.getElementById('status'), document.getElementById('banner'));
const main = document.getElementById('main');
const sessions = new Sessions(api, status, document.getElementById('side'));
let view = null;

const router = new Router(({ id, version }) => {
  document.body.dataset.view = id === null ? 'list' : 'session';
  sessions.choose(id);
  if (view && view.id === id) {
    view.show(version);
    return;
  }
  view?.close();
  view = null;
  if (id === null) {
    document.title = 'Reel console';
    main.replaceChildren(el('p', { class: 'empty' }, 'Choose a session to see what its agent did.'));
    return;
  }
  view = new SessionView(api, status, router, id);
  main.replaceChildren(view.node);
  view.start(version);
});

function showKeys() {
  tell('Keys', el('dl', { class: 'keys' }, ...KEYS.flatMap(([key, what]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)])));
}

document.getElementById('token').addEventListener('click', () => askToken(api));
document.getElementById('keys').addEventListener('click', showKeys);
document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input:not([type=range]), select, textarea, dialog');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const click = (name) => !view.buttons[name].disabled && view.buttons[name].click();
  const keys = {
    '/': () => document.getElementById('search').focus(),
    '?': showKeys,
    ...(view?.rows ? {
      '[': () => view.timeline.jump(-1),
      ']': () => view.timeline.jump(1),
      n: () => view.onVersion(null),
      e: () => view.showPart(view.parts.dataset.part === 'events' ? 'conversation' : 'events'),
      c: () => click('checkpoint'),
      r: () => click('rewind'),
      u: () => click('undo'),
      y: () => click('redo'),
      f: () => click('fork'),
    } : {}),
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

status.start();
sessions.start();
router.start();
