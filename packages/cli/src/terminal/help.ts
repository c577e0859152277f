// How `--help` is laid out: as wide as the terminal, within what reads well, and at 80 columns in a pipe.

import { Argument, type Command, type HelpConfiguration } from 'commander'
import { show } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../errors.ts'

const [usual, widest] = [80, 100]

export const helpWidth = (): number => Math.min(process.stdout.columns ?? usual, widest)

/** What begins a line of a list: `  classify  `. Further lines begin below what follows it. */
const lead = /^ *\S+ {2,}/

/** Breaks each line at `width`, with the further lines of a list's entry set in. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const start = lead.exec(line)?.[0] ?? ''
      const lines = [start]
      let empty = true
      for (const word of line.slice(start.length).split(' ')) {
        const last = lines.length - 1
        if (empty) lines[last] += word
        else if ([...lines[last]].length + 1 + [...word].length <= width) lines[last] += ` ${word}`
        else lines.push(' '.repeat(start.length) + word)
        empty = false
      }
      return lines
    })
    .join('\n')
}

/** Defaults as one would type them; none for switches and lists, which are off and empty. */
export const helpLayout: HelpConfiguration = {
  boxWrap: wrapped,
  optionDescription({ description, defaultValue }) {
    const isShown = typeof defaultValue === 'string' && defaultValue !== ''
    return isShown ? `${description} (default: ${defaultValue})` : description
  },
  argumentDescription: ({ description, argChoices }) =>
    argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
}

/** An argument that is one of a few words. Throws `UsageError`, with the word that may be meant, for any other. */
export function choiceArgument(name: string, description: string, choices: readonly string[]): Argument {
  return new Argument(name, description).choices([...choices]).argParser((given: string) => {
    if (choices.includes(given)) return given
    const what = name.replaceAll(/[[\]<>.]/g, '')
    throw new UsageError(
      `the ${what} is ${show(given)}. Use one of ${choices.join(', ')}.${didYouMean(given, choices)}`,
    )
  })
}

/** The command that the words name, as deep as they go, and the words after it. */
export function commandNamed(
  program: Command,
  words: readonly string[],
): { command: Command; rest: readonly string[] } {
  const command = program.commands.find((one) => one.name() === words[0])
  return command === undefined ? { command: program, rest: words } : commandNamed(command, words.slice(1))
}

/** `convoke data inspect` */
export const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`

/** `convoke help trian`: what there is no help for. Throws `UsageError`. */
export function checkHelpOf(program: Command, words: readonly string[]): void {
  const { command, rest } = commandNamed(program, words)
  const [help, topic] = rest
  if (help !== 'help' || topic === undefined || topic.startsWith('-')) return
  const known = command.commands.map((one) => one.name())
  const asked = commandNamed(command, rest.slice(1))
  if (known.length === 0 || asked.command !== command) return
  throw new UsageError(
    `there is no help on ${show(topic)}.${didYouMean(topic, known)} See \`${fullName(command)} --help\`.`,
  )
}
