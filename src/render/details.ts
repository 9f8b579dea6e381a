/** The form behind "Details": what the tools of a turn were given and what they brought, a few to a page. */
import { formatDetails, type Detail, type DetailsRef } from '../core/details.ts';
import type { Block } from '../ports.ts';
import type { Form } from '../ports-forms.ts';
import { visible } from './cards.ts';
import { contextBlock } from './message.ts';
import { maskSecrets } from './secrets.ts';
import { SIGNS, safeName, tally } from './steps.ts';
import { truncateGraphemes } from './text.ts';

/** A form holds 100 blocks (docs.slack.dev/surfaces/modals); a page is what one can look through. */
const PER_PAGE = 5;
/** Characters of an input, and of a result, that are shown; a section's text holds 3,000. */
const SHOWN = 1_500;

export function detailsForm(ref: DetailsRef, details: readonly Detail[]): Form {
  const pages = Math.max(1, Math.ceil(details.length / PER_PAGE));
  const page = Math.min(ref.page, pages - 1);
  const from = page * PER_PAGE;
  const shown = details.slice(from, from + PER_PAGE);
  const where = pages > 1 ? ` · page ${page + 1} of ${pages}` : '';
  return formOf(ref, [
    contextBlock(`${tally(details)}${where} · read from the session just now, and kept nowhere else`),
    ...shown.flatMap((detail, at) => stepBlocks(detail, from + at + 1)),
    ...(page > 0 ? [pageButton(ref, page - 1, 'back', 'Earlier steps')] : []),
    ...(page < pages - 1 ? [pageButton(ref, page + 1, 'on', 'Later steps')] : []),
  ]);
}

/** Nothing can be shown, and why. */
export function noDetailsForm(ref: DetailsRef): Form {
  const why =
    'The session of this answer was deleted, or these steps are not in it any more. Nothing of them is kept elsewhere; the answer itself stays.';
  return formOf(ref, [lineOf(`:wastebasket: ${why}`)]);
}

/** Reading takes longer than Slack waits for a form. */
export function laterForm(ref: DetailsRef): Form {
  return formOf(ref, [
    lineOf('This session is long, and reading it takes a moment.'),
    pageButton(ref, ref.page, 'on', 'Show the steps'),
  ]);
}

function formOf(ref: DetailsRef, blocks: readonly Block[]): Form {
  return { callbackId: 'heddle.details', title: 'What Heddle did', data: formatDetails(ref), blocks };
}

function lineOf(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function stepBlocks(detail: Detail, no: number): readonly Block[] {
  const { name, server, by, input, result, state } = detail;
  const of = server === undefined ? '' : ` of \`${safeName(server)}\``;
  const whose = by === undefined ? '' : ` by ${safeName(by)}`;
  const head = `*${no}.* ${SIGNS[state]} \`${safeName(name, 80)}\`${of}${whose}${OUTCOMES[state]}`;
  const given = JSON.stringify(input, null, 2) ?? 'null';
  return [
    lineOf(head),
    ...textBlocks('Input', given, given.length),
    ...(result ? textBlocks('Result', result.text, result.chars) : [contextBlock(NOTHING[state])]),
  ];
}

const OUTCOMES: Readonly<Record<Detail['state'], string>> = {
  running: '',
  asking: '',
  done: '',
  failed: ' failed',
  denied: ' was denied',
};

const NOTHING: Readonly<Record<Detail['state'], string>> = {
  running: 'No result: it was still running when the turn ended.',
  asking: 'No result: nobody decided or answered it.',
  done: 'It brought nothing that can be read.',
  failed: 'It said nothing about why.',
  denied: 'No result: it was not run.',
};

/** Plain text: nothing in it is read as markup. `chars` is how long it is in all. */
function textBlocks(label: string, text: string, chars: number): readonly Block[] {
  const masked = maskSecrets(visible(text));
  const shown = truncateGraphemes(masked.text, SHOWN, '…');
  const left = chars - Math.min(chars, shown.length);
  const isCut = shown.length < masked.text.length || text.length < chars;
  const notes = [
    isCut ? `${left.toLocaleString('en')} more characters are left out` : '',
    masked.masked > 0 ? 'what looked like a secret was masked' : '',
  ].filter(Boolean);
  if (shown.trim() === '') return [contextBlock(`${label}: nothing.`)];
  return [
    contextBlock(notes.length === 0 ? `*${label}*` : `*${label}*: ${notes.join('; ')}`),
    { type: 'section', text: { type: 'plain_text', text: shown, emoji: false } },
  ];
}

function pageButton(ref: DetailsRef, page: number, id: string, label: string): Block {
  return {
    type: 'actions',
    block_id: `heddle.page.${id}`,
    elements: [
      {
        type: 'button',
        action_id: 'heddle.details_page',
        text: { type: 'plain_text', text: label },
        value: formatDetails({ ...ref, page }),
      },
    ],
  };
}
