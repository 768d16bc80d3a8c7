// Dialogs. Each is modal, focuses its first field, and returns the focus when it closes.

import { button, el } from './dom.js';

/**
 * Asks for confirmation before an action.
 *
 * @param {{title: string, text?: string, fields?: Array<HTMLElement>, confirm: string, isDanger?: boolean, act:
 *     function(): Promise}} what if `act` fails, the dialog stays open and shows the problem
 * @return {Promise<boolean>} whether the action was done
 */
export function ask({ title, text, fields = [], confirm, isDanger = false, act }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let isDone = false;
    const problem = el('p', { class: 'problem', role: 'alert', hidden: true });
    const yes = el('button', { type: 'submit', class: isDanger ? 'danger' : 'primary' }, confirm);
    const form = el('form', { on: { submit: async (event) => {
      event.preventDefault();
      yes.disabled = true;
      problem.hidden = true;
      try {
        await act();
        isDone = true;
        dialog.close();
      } catch (error) {
        problem.hidden = false;
        problem.textContent = error.message;
        yes.disabled = false;
      }
    } } }, el('h2', { id: 'dialog-title' }, title), text ? el('p', {}, text) : null, ...fields, problem,
    el('div', { class: 'choices' }, button('Cancel', () => dialog.close()), yes));
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title', on: { close: () => {
      dialog.remove();
      before?.focus?.();
      resolve(isDone);
    } } }, form);
    document.body.append(dialog);
    dialog.showModal();
    (form.querySelector('input, select') ?? yes).focus();
  });
}

/** Shows a text until it is closed. */
export function tell(title, ...content) {
  const before = document.activeElement;
  const dialog = el('dialog', { 'aria-labelledby': 'dialog-title', on: { close: () => {
    dialog.remove();
    before?.focus?.();
  } } }, el('h2', { id: 'dialog-title' }, title), ...content, el('div', { class: 'choices' }, button('Close', () => dialog.close(), { class: 'primary' })));
  document.body.append(dialog);
  dialog.showModal();
}

export function field(label, input, hint) {
  return el('label', { class: 'field' }, el('span', {}, label), input, hint ? el('span', { class: 'hint' }, hint) : null);
}

let tokenIsAsked = false;

/** Asks for the token of this tab. */
export async function askToken(api, why) {
  if (tokenIsAsked) {
    return;
  }
  tokenIsAsked = true;
  const input = el('input', { type: 'password', autocomplete: 'off', spellcheck: 'false', id: 'token-field' });
  input.value = api.token ?? '';
  await ask({
    title: 'Token',
    text: why ?? 'The token is kept for this tab until it is closed. Leave the field empty to forget it.',
    fields: [field('Token', input)],
    confirm: 'Use token',
    act: async () => {
      const old = api.token;
      api.token = input.value.trim();
      try {
        await api.get('/v1/sessions', { query: { limit: 1 } });
      } catch (error) {
        if (error.status === 401) {
          api.token = old;
          throw new Error('The server does not accept this token.');
        }
      }
    },
  }).then((isDone) => {
    tokenIsAsked = false;
    if (isDone) {
      location.reload();
    }
  });
}
