// `convoke completion`: scripts that know the commands, options and choices of this version.

import type { Command, Option } from 'commander'
import { fullName } from '../terminal/help.ts'
import { print } from '../terminal/output.ts'
import { type Values, valuesOf } from './values.ts'

/** What may stand after a command's name. */
interface Place {
  /** `convoke data inspect` */
  readonly name: string
  readonly commands: readonly Word[]
  /** What its arguments may be. */
  readonly values: Values
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
  /** What its value may be; null for a switch. */
  readonly values: Values | null
}

const flagOf = (command: string, { long, short, description, required, optional }: Option): Flag[] =>
  long == null
    ? []
    : [{ long, short, says: description, values: required || optional ? valuesOf(command, long) : null }]

const help: Flag = { long: '--help', short: '-h', says: 'print help', values: null }

/** What the arguments of a command may be. */
function argumentsOf(command: Command): Values {
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
  return choices.length > 0 ? { words: choices, files: false } : valuesOf(fullName(command))
}

/** The command and all below it. */
function placesOf(command: Command, shared: readonly Flag[] = []): Place[] {
  // Commander keeps to itself which commands are hidden; what help shows is what is to be found.
  const shown = command.createHelp().visibleCommands(command)
  const below = command.commands.filter((one) => shown.includes(one))
  const own = command.options.filter(({ hidden }) => !hidden).flatMap((option) => flagOf(fullName(command), option))
  const place = {
    name: fullName(command),
    commands: below.map((one) => ({ text: one.name(), says: one.summary() || one.description() })),
    values: argumentsOf(command),
    options: [...own, ...shared, help],
  }
  return [place, ...below.flatMap((one) => placesOf(one, command.parent === null ? globals(command) : shared))]
}

const globals = (program: Command): Flag[] =>
  program.options.flatMap((option) => flagOf(fullName(program), option)).filter(({ long }) => long !== '--version')

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
const valueCases = (places: readonly Place[], then: (values: Values) => string): string =>
  places
    .flatMap(({ name, options }) =>
      options.flatMap(({ long, short, values }) => {
        if (values === null) return []
        const names = [long, ...(short === undefined ? [] : [short])]
        return [`    ${names.map((one) => quoted(`${name} ${one}`)).join(' | ')}) ${then(values)} ;;`]
      }),
    )
    .join('\n')

function bash(places: readonly Place[]): string {
  const words = places.map(({ name, commands, values, options }) => {
    const all = [...commands.map(({ text }) => text), ...values.words]
    return `    ${quoted(name)}) words=${quoted(all.join(' '))}; options=${quoted(options.map(({ long }) => long).join(' '))} ;;`
  })
  const offer = ({ words, files }: Values): string =>
    files ? `words=${quoted(words.join(' '))}; files=yes` : `words=${quoted(words.join(' '))}`
  return `# Completion of convoke in bash: source <(convoke completion bash)
_convoke_at() {
  local at=convoke word${walk(places)}
  printf '%s' "$at"
}
_convoke_offer() {
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then
    local IFS=$'\\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
_convoke() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words= options= files= at word
  at="$(_convoke_at "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=()
  # bash parts --option=value at the sign.
  if [[ $cur == '=' ]]; then cur=; elif [[ $previous == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  # After an option that takes a value: what it may be.
  case "$at $previous" in
${valueCases(places, (values) => `${offer(values)}; _convoke_offer; return`)}
  esac
  case "$at" in
${words.join('\n')}
  esac
  # One of several words is given once.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " $words " in *" $word "*) words= ;; esac
  done
  if [[ $cur == -* ]]; then words="$options"; fi
  _convoke_offer
}
complete -o default -F _convoke convoke`
}

/** zsh parts a word from what is said of it by a colon. */
const described = (text: string, says: string): string =>
  quoted(says === '' ? text : `${text}:${says.replaceAll(':', '\\:')}`)

function zsh(places: readonly Place[]): string {
  const words = places.map(({ name, commands, values, options }) => {
    const known = [...commands.map(({ text, says }) => described(text, says)), ...values.words.map(quoted)]
    const flags = options.map(({ long, says }) => described(long, says))
    return `    ${quoted(name)})\n      known=(${known.join(' ')})\n      flags=(${flags.join(' ')}) ;;`
  })
  const offer = ({ words, files }: Values): string =>
    [
      ...(words.length > 0 ? [`compadd -- ${words.map(quoted).join(' ')}`] : []),
      ...(files ? ['_files'] : []),
      'return',
    ].join('; ')
  return `#compdef convoke
# Completion of convoke in zsh, after compinit: source <(convoke completion zsh)
_convoke_at() {
  local at=convoke word${walk(places)}
  print -r -- "$at"
}
_convoke() {
  local at="$(_convoke_at "\${(@)words[2,CURRENT-1]}")" previous="\${words[CURRENT-1]}"
  local -a known flags
  local word
  if [[ "\${words[CURRENT]}" == --*=* ]]; then
    previous="\${words[CURRENT]%%=*}"
    compset -P '*='
  fi
  case "$at $previous" in
${valueCases(places, offer)}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o option flags
    return
  fi
  # One of several words is given once.
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if (( \${known[(Ie)$word]} )); then known=(); fi
  done
  if (( \${#known} )); then _describe command known; else _files; fi
}
compdef _convoke convoke`
}

/** In single quotes, for fish. */
const inFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ name, commands, values, options }) => {
    const seen = name.split(' ').slice(1)
    const below = commands.map(({ text }) => text).join(' ')
    const conditions = [
      ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`]),
    ]
    const onlyWhere = (these: readonly string[]): string => `complete -c convoke -n ${inFish(these.join('; and '))}`
    const when = onlyWhere(conditions)
    // One of several words is given once.
    const whenMissing = onlyWhere([...conditions, `not __fish_seen_subcommand_from ${values.words.join(' ')}`])
    return [
      ...commands.map(({ text, says }) => `${when} -f -a ${text} -d ${inFish(says)}`),
      ...values.words.map((text) => `${whenMissing} ${values.files ? '' : '-f '}-a ${inFish(text)}`),
      ...options.map(({ long, short, says, values: own }) => {
        const letter = short === undefined ? '' : ` -s ${short.slice(1)}`
        const words = own === null || own.words.length === 0 ? '' : ` -a ${inFish(own.words.join(' '))}`
        const value = own === null ? '' : own.files ? ` -r -F${words}` : ` -x${words}`
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
