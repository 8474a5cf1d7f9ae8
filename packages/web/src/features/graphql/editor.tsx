import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Extension, Prec } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { basicSetup, EditorView } from 'codemirror';
import { useEffect, useRef } from 'react';
import { reachable } from '../../ui/reachable.ts';

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--panel)', color: 'var(--fg)', fontSize: '12px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--fg)' },
  '.cm-cursor': { borderLeftColor: 'var(--fg)' },
  '.cm-gutters': { backgroundColor: 'var(--sunk)', color: 'var(--fg2)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--primary-soft)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--panel)',
    color: 'var(--fg)',
    border: '1px solid var(--line2)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--primary)',
    color: 'var(--on-primary)',
  },
});

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.keyword, tags.definitionKeyword, tags.modifier], color: 'var(--twin)' },
    { tag: [tags.string, tags.special(tags.string)], color: 'var(--amber)' },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--blue)' },
    { tag: [tags.propertyName, tags.attributeName], color: 'var(--primary)' },
    { tag: [tags.typeName, tags.variableName], color: 'var(--fg)' },
    { tag: [tags.comment, tags.punctuation], color: 'var(--fg2)' },
    { tag: tags.invalid, color: 'var(--red)' },
  ]),
);

interface EditorProps {
  label: string;
  value: string;
  extensions: readonly Extension[];
  onChange?: (text: string) => void;
  onRun?: () => void;
  readOnly?: boolean;
}

/** A CodeMirror editor in our colours. Ctrl+Enter runs. Outside changes of `value` replace the text. */
export function Editor({ label, value, extensions, onChange, onRun, readOnly = false }: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const handlers = useRef({ onChange, onRun, value });
  handlers.current = { onChange, onRun, value };
  useEffect(() => {
    const run = () => {
      handlers.current.onRun?.();
      return true;
    };
    const made = new EditorView({
      parent: host.current!,
      doc: handlers.current.value,
      extensions: [
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
        colours,
        basicSetup,
        look,
        EditorView.lineWrapping,
        EditorView.editable.of(!readOnly),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) handlers.current.onChange?.(update.state.doc.toString());
        }),
        ...extensions,
      ],
    });
    reachable(made.scrollDOM);
    // the list of completions is made anew each time, and scrolls
    const completions = new MutationObserver(() => reachable(made.dom.querySelector('.cm-tooltip-autocomplete > ul')));
    completions.observe(made.dom, { childList: true });
    view.current = made;
    return () => {
      completions.disconnect();
      made.destroy();
    };
  }, [extensions, label, readOnly]);
  useEffect(() => {
    const current = view.current;
    if (!current || current.state.doc.toString() === value) return;
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } });
  }, [value]);
  return <div ref={host} className="editor" />;
}
