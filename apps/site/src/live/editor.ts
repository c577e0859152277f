// The editor of an example, loaded when somebody changes one.

import { javascript } from '@codemirror/lang-javascript'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { minimalSetup } from 'codemirror'

/** The colours are variables of the page, one set a theme. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--code-comment)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--code-function)' },
])

export interface Editor {
  text(): string
  remove(): void
}

export function openEditor(parent: HTMLElement, text: string, label: string, run: () => void): Editor {
  const onRun = {
    key: 'Mod-Enter',
    run() {
      run()
      return true
    },
  }
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.high(keymap.of([onRun])),
        minimalSetup,
        javascript({ typescript: true }),
        syntaxHighlighting(colours),
        EditorView.contentAttributes.of({ 'aria-label': label }),
      ],
    }),
  })
  view.focus()
  return { text: () => view.state.doc.toString(), remove: () => view.destroy() }
}
