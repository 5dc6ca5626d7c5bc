import { expect, test } from 'vitest';
import { html } from './html.ts';
import { linked } from './linked.ts';
import { relative } from './times.ts';

const hostile = `<script>alert("1")</script>&'`;

test('values are escaped wherever they stand', () => {
  expect(html`<p title="${hostile}">${[hostile]}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</p>',
  );
});

test('what the tag made is not escaped again, and what is absent leaves nothing', () => {
  expect(html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}${undefined}${null}${false}${0}</ul>`.text).toBe(
    '<ul><li>1</li><li>2</li>0</ul>',
  );
});

test.each([
  ['See https://a.example/x?a=1&b=2.', 'See <a href="https://a.example/x?a=1&amp;b=2"', '</a>.'],
  ['(https://a.example/x)', '(<a href="https://a.example/x"', '</a>)'],
  ['javascript:alert(1)', 'javascript:alert(1)', ''],
  ['<b>https://a.example</b>', '&lt;b&gt;<a href="https://a.example"', '</a>&lt;/b&gt;'],
])('only web addresses in a text become links: %s', (text, start, end) => {
  const { text: made } = html`${linked(text)}`;
  expect(made.startsWith(start) && made.endsWith(end), made).toBe(true);
});

test.each([
  [0, 'now'],
  [59_999, 'now'],
  [6.5 * 86_400_000, 'in 6 days'],
  [-120_000, '2 minutes ago'],
  [26 * 3_600_000, 'in 26 hours'],
])('a time %i ms away is told as "%s"', (distance, told) => {
  expect(relative(1e12 + distance, 1e12)).toBe(told);
});
