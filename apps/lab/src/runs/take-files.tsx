// What a run is taken home as: its files.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { saveFile } from '../ui/files.ts'
import { runMessages } from './messages.ts'

interface RunFile<Kind extends string> {
  readonly kind: Kind
  /** What its button says. */
  readonly text: string
  readonly name: string
}

interface TakeFilesProps<Kind extends string> {
  readonly step: number
  readonly files: readonly RunFile<Kind>[]
  /** Undefined where the run was left meanwhile. */
  readonly take: (kind: Kind) => Promise<Uint8Array | undefined>
  /** Choices above the buttons. */
  readonly children?: ComponentChildren
}

export function TakeFiles<Kind extends string>({ step, files, take, children }: TakeFilesProps<Kind>) {
  const words = runMessages()
  const problem = useSignal<string | undefined>(undefined)
  const save = async ({ kind, name }: RunFile<Kind>): Promise<void> => {
    problem.value = undefined
    try {
      const bytes = await take(kind)
      const type = name.endsWith('.zip') ? 'application/zip' : 'application/octet-stream'
      if (bytes !== undefined) saveFile(name, new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
    } catch (error) {
      problem.value = words.takeFailed(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <section class="card take-files" aria-labelledby="files-title">
      <h2 id="files-title">{words.takeTitle}</h2>
      {step === 0 && <p class="hint">{words.takeFirst}</p>}
      {children}
      <div class="bar">
        {files.map((file) => (
          <button key={file.kind} type="button" disabled={step === 0} onClick={() => void save(file)}>
            {file.text}
          </button>
        ))}
      </div>
      {problem.value !== undefined && (
        <p class="notice" role="alert">
          {problem.value}
        </p>
      )}
    </section>
  )
}
