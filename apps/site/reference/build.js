// Writes the reference to out/reference, and counts what no doc comment describes.

import { rmSync } from 'node:fs'
import { Application, Logger, LogLevel } from 'typedoc'
import { options } from './options.js'

/** Public names and members without a description that there may be: it goes down, and is 0 in the end. */
export const undocumentedAtMost = 0

/** Keeps apart what is not described from everything else that TypeDoc has to say. */
class Sorted extends Logger {
  undocumented = []
  complaints = []

  log(message, level) {
    if (level < LogLevel.Warn) return
    const [, name] = /^(.*), does not have any documentation$/.exec(message) ?? []
    if (name !== undefined) this.undocumented.push(name)
    else this.complaints.push(message)
  }
}

/** `undocumented` are lines such as `nn.Conv2d (Property), defined in …`; `complaints` is what else is wrong. */
export async function buildReference() {
  const app = await Application.bootstrapWithPlugins(options)
  const logger = new Sorted()
  app.logger = logger
  const project = await app.convert()
  if (project === undefined) throw new Error(`TypeDoc read nothing:\n${logger.complaints.join('\n')}`)
  app.validate(project)
  rmSync(options.out, { recursive: true, force: true })
  await app.generateOutputs(project)
  return { undocumented: logger.undocumented, complaints: logger.complaints }
}
