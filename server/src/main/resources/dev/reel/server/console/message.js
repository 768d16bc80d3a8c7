// Shows one message, or one event, in a readable form.

import { copyButton, button, el } from './dom.js';
import { addressOf } from './router.js';
import { clock, code, day, indented, preview, prose, visible } from './text.js';

const NAMES = { user: 'User', assistant: 'Assistant', system: 'System', tool: 'Tool result' };

function json(value) {
  return code(indented(JSON.stringify(value)));
}

const KINDS = { call: 'Tool call', result: 'Result', fault: 'Failed' };

function fold(kind, name, hint, body) {
  return el('details', { class: `fold ${kind}` },
      el('summary', {}, el('span', { class: 'fold-kind' }, KINDS[kind] ?? ''),
          el('span', { class: 'fold-name' }, visible(name)), el('span', { class: 'fold-hint' }, preview(hint))),
      el('div', { class: 'fold-body' }, body()));
}

/** The arguments of a call. Some models write them as a text that contains JSON. */
function parsed(value) {
  if (typeof value === 'string') {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  return value;
}

function value(given) {
  return typeof given === 'string' ? code(given) : json(given);
}

function text(given) {
  return typeof given === 'string' ? given : JSON.stringify(given ?? null);
}

function call(each) {
  const made = each.function ?? each;
  const given = parsed(made.arguments ?? made.input ?? made.argument ?? {});
  return fold('call', String(made.name ?? each.tool ?? each.id ?? 'tool'), text(given), () => value(given));
}

function result(each) {
  const name = String(each.name ?? each.tool_call_id ?? each.tool_use_id ?? '');
  const isFault = each.is_error === true;
  return fold(isFault ? 'fault' : 'result', name, text(each.content), () => part(each.content));
}

/** Shows the content of a message, or a part of it, in the forms that models use. Any other form is shown as JSON. */
function part(content) {
  if (typeof content === 'string') {
    return prose(content);
  }
  if (Array.isArray(content)) {
    return el('div', {}, ...content.map(part));
  }
  if (content && typeof content === 'object') {
    if (content.type === 'text' && typeof content.text === 'string') {
      return prose(content.text);
    }
    if (content.type === 'tool_use') {
      return call(content);
    }
    if (content.type === 'tool_result') {
      return result(content);
    }
    if (content.type === 'thinking' && typeof content.thinking === 'string') {
      return fold('thought', 'Thinking', content.thinking, () => prose(content.thinking));
    }
  }
  return json(content ?? null);
}

function contentOf(message) {
  const body = el('div', { class: 'body' });
  const content = message.content;
  if (content === null || typeof content !== 'object' || Array.isArray(content) || !('content' in content)) {
    body.append(part(content));
    return body;
  }
  const calls = Array.isArray(content.tool_calls) ? content.tool_calls : [];
  const results = Array.isArray(content.tool_results) ? content.tool_results : [];
  const isResult = message.role === 'tool' && results.length === 0;
  if (isResult && typeof content.content === 'string') {
    body.append(fold('result', String(content.name ?? content.tool_call_id ?? ''), content.content, () => code(content.content)));
  } else if (content.content !== '' && content.content !== null) {
    body.append(part(content.content));
  }
  calls.forEach((each) => body.append(call(each ?? {})));
  results.forEach((each) => body.append(result(each ?? {})));
  if (!body.hasChildNodes()) {
    body.append(el('p', { class: 'none' }, 'An empty message'));
  }
  return body;
}

/** Returns the text to copy: the message's text if there is one, otherwise its JSON. */
export function textOf(message) {
  const content = message.content?.content ?? message.content;
  return typeof content === 'string' ? content : JSON.stringify(message.content, null, 2);
}

const MARKS = {
  'added later': 'New',
  'changed later': 'Changed',
  'added earlier': 'Removed later',
  'changed earlier': 'Changed later',
};

/**
 * @param {object} message
 * @param {{session: string, mark: ?string, direction: string, actions: ?object}} context
 */
export function messageNode(message, { session, mark, direction, actions }) {
  const role = NAMES[message.role] ?? message.role;
  const tools = el('span', { class: 'tools' },
      copyButton('Copy', () => textOf(message)),
      actions ? button('Fork here', () => actions.fork({ message: message.id }), { class: 'quiet' }) : null,
      actions ? button('Rewind to here', () => actions.rewind({ message: message.id }), { class: 'quiet' }) : null);
  const body = contentOf(message);
  const only = message.role === 'tool' && body.children.length === 1 ? body.querySelector(':scope > .fold > .fold-body') : null;
  only?.append(tools);
  const head = el('header', {},
      only ? null : el('span', { class: 'role' }, role),
      message.partial ? el('span', { class: 'tag growing' }, 'being written') : null,
      mark ? el('span', { class: `tag ${mark}` }, MARKS[`${mark} ${direction}`]) : null,
      el('span', { class: 'grow' }),
      only ? null : tools,
      el('a', { class: 'when', href: addressOf(session, message.seq), title: `The session as of version ${message.seq}` },
          el('span', {}, `v${message.seq}`), el('time', { datetime: message.at, title: day(message.at) }, clock(message.at))));
  return el('article', { class: only ? 'message slim' : 'message', 'data-seq': message.seq, 'data-role': message.role, 'data-mark': mark, 'data-id': message.id,
    'aria-label': `${role}, version ${message.seq}` }, head, body);
}

/** The events that are shown between messages. */
export const INLINE = [
  'tool_call', 'tool_start', 'tool_done', 'tool_error', 'compaction', 'checkpoint', 'session_fork', 'session_close',
  'messages_truncate', 'messages_restore', 'messages_clear',
];

export function eventNode(event, session) {
  const node = eventAs(event, session);
  node.dataset.seq = event.seq;
  return node;
}

function eventAs(event, session) {
  const data = event.data ?? {};
  const line = (kind, ...content) => el('p', { class: `between ${kind}` }, el('span', {}, ...content),
      el('a', { class: 'when', href: addressOf(session, event.seq) }, `v${event.seq}`));
  switch (event.event) {
    case 'checkpoint':
      return line('checkpoint', 'Checkpoint ', el('strong', {}, visible(String(data.state?.label ?? data.id ?? ''))));
    case 'session_fork':
      return line('', 'Forked from ', el('a', { href: addressOf(String(data.parent_id), Number(data.parent_version)) },
          visible(String(data.parent_id))), ` at version ${data.parent_version}`);
    case 'session_close':
      return line('', 'Closed');
    case 'messages_truncate':
      return line('cut', 'Rewound to here: later messages were removed');
    case 'messages_clear':
      return line('cut', 'All earlier messages were removed');
    case 'compaction':
      return fold('event', 'Compaction', JSON.stringify(data), () => json(data));
    default: {
      const name = String(data.name ?? data.tool ?? data.id ?? event.event);
      const { name: _name, tool: _tool, ...rest } = data;
      const keys = Object.keys(rest);
      const only = keys.length === 1 ? rest[keys[0]] : rest;
      const kind = event.event === 'tool_error' ? 'fault' : event.event === 'tool_done' ? 'result' : 'call';
      return fold(kind, name, keys.length ? text(only) : '', () => json(data));
    }
  }
}
