/** Fields of forms: each with its label, its hint, and what is wrong with it beside it. */
import { type Content, type Html, html } from './html.ts';

export type Field = {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password' | 'url';
  readonly value?: string | undefined;
  readonly hint?: string | undefined;
  /** What is wrong: said beside the field, which then has the focus. */
  readonly problem?: string | undefined;
  readonly autocomplete?: string;
  readonly inputMode?: 'numeric' | 'email';
  readonly maxLength?: number;
  readonly isRequired?: boolean;
  readonly hasFocus?: boolean;
  readonly isCode?: boolean;
};

export function fieldBlock(field: Field): Html {
  const { name, label, type = 'text', value, hint, problem, autocomplete, inputMode, maxLength } = field;
  const told = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(' ');
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}"${value && html` value="${value}"`}${autocomplete && html` autocomplete="${autocomplete}"`}${inputMode && html` inputmode="${inputMode}"`}${maxLength && html` maxlength="${maxLength}"`}${type === 'email' && html` autocapitalize="none" spellcheck="false"`}${field.isRequired && html` required`}${field.isCode && html` class="code"`}${told && html` aria-describedby="${told}"`}${problem && html` aria-invalid="true"`}${(problem || field.hasFocus) && html` autofocus`}>
${problem && html`<p class="problem" id="${name}-problem">${problem}</p>`}${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

/** What is wrong with the whole of it. */
export const alert = (problem: Content): Content =>
  problem && html`<p class="alert" role="alert" tabindex="-1" autofocus>${problem}</p>`;

/** What has just been done. */
export const notice = (done: Content): Content => done && html`<p class="notice" role="status">${done}</p>`;
