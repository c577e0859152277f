// `convoke completion`: scripts that know the commands, options and choices of this version.

import type { Command, Option } from 'commander'
import { fullName } from '../terminal/help.ts'
import { print } from '../terminal/output.ts'

/** What may stand after a command's name. */
interface Place {
  /** `convoke data inspect` */
  readonly name: string
  readonly commands: readonly Word[]
  /** Choices of its arguments. */
  readonly choices: readonly string[]
  readonly options: readonly Flag[]
}

interface Word {
  readonly text: string
  readonly says: string
}

interface Flag {
  readonly long: string
  readonly short: string | undefined
  readonly says: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

const flagOf = ({ long, short, description, required, optional, argChoices }: Option): Flag[] =>
  long == null ? [] : [{ long, short, says: description, takesValue: required || optional, choices: argChoices ?? [] }]

const help: Flag = { long: '--help', short: '-h', says: 'print help', takesValue: false, choices: [] }

/** The command and all below it. */
function placesOf(command: Command, shared: readonly Flag[] = []): Place[] {
  // Commander keeps to itself which commands are hidden; what help shows is what is to be found.
  const shown = command.createHelp().visibleCommands(command)
  const below = command.commands.filter((one) => shown.includes(one))
  const own = command.options.filter(({ hidden }) => !hidden).flatMap(flagOf)
  const place = {
    name: fullName(command),
    commands: below.map((one) => ({ text: one.name(), says: one.summary() || one.description() })),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    options: [...own, ...shared, help],
  }
  return [place, ...below.flatMap((one) => placesOf(one, command.parent === null ? globals(command) : shared))]
}

const globals = (program: Command): Flag[] => program.options.flatMap(flagOf).filter(({ long }) => long !== '--version')

/** In single quotes, for bash and zsh. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Goes from `convoke` down the words before the cursor, which are the arguments, in bash and zsh alike. */
const walk = (places: readonly Place[]): string => `
  for word in "$@"; do
    case "$at $word" in
      ${places
        .slice(1)
        .map(({ name }) => quoted(name))
        .join(' | \\\n      ')}) at="$at $word" ;;
    esac
  done`

/** Cases of the words that a value of an option may be. */
const valueCases = (places: readonly Place[], then: (choices: readonly string[]) => string): string =>
  places
    .flatMap(({ name, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ long, short, choices }) => {
          const names = [long, ...(short === undefined ? [] : [short])]
          return `    ${names.map((one) => quoted(`${name} ${one}`)).join(' | ')}) ${then(choices)} ;;`
        }),
    )
    .join('\n')

function bash(places: readonly Place[]): string {
  const words = places.map(({ name, commands, choices, options }) => {
    const all = [...commands.map(({ text }) => text), ...choices]
    return `    ${quoted(name)}) words=${quoted(all.join(' '))}; options=${quoted(options.map(({ long }) => long).join(' '))} ;;`
  })
  return `# Completion of convoke in bash: source <(convoke completion bash)
_convoke_at() {
  local at=convoke word${walk(places)}
  printf '%s' "$at"
}
_convoke() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words= options= at
  at="$(_convoke_at "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=()
  # After an option that takes a value: its choices, else the names of files.
  case "$at $previous" in
${valueCases(places, (choices) => `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); return`)}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ $cur == -* ]]; then words="$options"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _convoke convoke`
}

/** zsh parts a word from what is said of it by a colon. */
const described = (text: string, says: string): string =>
  quoted(says === '' ? text : `${text}:${says.replaceAll(':', '\\:')}`)

function zsh(places: readonly Place[]): string {
  const words = places.map(({ name, commands, choices, options }) => {
    const known = [...commands.map(({ text, says }) => described(text, says)), ...choices.map((one) => quoted(one))]
    const flags = options.map(({ long, says }) => described(long, says))
    return `    ${quoted(name)})\n      known=(${known.join(' ')})\n      flags=(${flags.join(' ')}) ;;`
  })
  return `#compdef convoke
# Completion of convoke in zsh, after compinit: source <(convoke completion zsh)
_convoke_at() {
  local at=convoke word${walk(places)}
  print -r -- "$at"
}
_convoke() {
  local at="$(_convoke_at "\${(@)words[2,CURRENT-1]}")" previous="\${words[CURRENT-1]}"
  local -a known flags
  case "$at $previous" in
${valueCases(places, (choices) => (choices.length > 0 ? `compadd -- ${choices.map(quoted).join(' ')}; return` : '_files; return'))}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o option flags
    return
  fi
  if (( \${#known} )); then _describe command known; else _files; fi
}
compdef _convoke convoke`
}

/** In single quotes, for fish. */
const inFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ name, commands, choices, options }) => {
    const seen = name.split(' ').slice(1)
    const below = commands.map(({ text }) => text).join(' ')
    const conditions = [
      ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`]),
    ]
    const when = `complete -c convoke -n ${inFish(conditions.join('; and '))}`
    return [
      ...commands.map(({ text, says }) => `${when} -f -a ${text} -d ${inFish(says)}`),
      ...choices.map((text) => `${when} -f -a ${inFish(text)}`),
      ...options.map(({ long, short, says, takesValue, choices: known }) => {
        const letter = short === undefined ? '' : ` -s ${short.slice(1)}`
        const value = !takesValue ? '' : known.length > 0 ? ` -x -a ${inFish(known.join(' '))}` : ' -r'
        return `${when} -l ${long.slice(2)}${letter}${value} -d ${inFish(says)}`
      }),
    ]
  })
  return ['# Completion of convoke in fish: convoke completion fish | source', ...lines].join('\n')
}

const scripts: Readonly<Record<string, (places: readonly Place[]) => string>> = { bash, zsh, fish }

export function runCompletion(program: Command, shell: string): void {
  print(scripts[shell](placesOf(program)))
}
