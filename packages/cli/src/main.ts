// The `convoke` command. Each subcommand is declared in `commands/`; what it runs is imported when it runs.

import { Command, CommanderError } from 'commander'
import { addApply } from './commands/apply.ts'
import { addBench } from './commands/bench.ts'
import { addChoose } from './commands/choose.ts'
import { addCompare } from './commands/compare.ts'
import { addCompletion } from './commands/completion.ts'
import { addConvert } from './commands/convert.ts'
import { addData } from './commands/data.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEvaluate } from './commands/evaluate.ts'
import { addExplain } from './commands/explain.ts'
import { addFind } from './commands/find.ts'
import { addFinetune } from './commands/finetune.ts'
import { addInspect } from './commands/inspect.ts'
import { addKernels } from './commands/kernels.ts'
import { addLab } from './commands/lab.ts'
import { addPredict } from './commands/predict.ts'
import { addScale } from './commands/scale.ts'
import { addShape } from './commands/shape.ts'
import { addStart } from './commands/start.ts'
import { addTrain, describeNetworks } from './commands/train.ts'
import { addVersion } from './commands/version.ts'
import { describeError, exitCodeOf } from './errors.ts'
import { checkHelpOf, commandNamed, fullName, helpLayout, helpWidth, reflowed } from './terminal/help.ts'
import { endOnSignals } from './terminal/interrupt.ts'
import { complain, outliveReaders, printStack, setQuiet, speakerNow } from './terminal/output.ts'
import { version } from './terminal/version.ts'

function build(): Command {
  const program = new Command('convoke')
    .description('Convolution on the command line: filter pictures, see every step, plan networks.')
    .version(version, '-v, --version', 'print the version')
    .option('-q, --quiet', 'print results and errors only: no notes, no progress')
    .option('--no-color', 'print no bold text, as NO_COLOR=1 does')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp(helpLayout)
    // Refusals are printed below, on one line; help goes where it was asked for.
    .configureOutput({
      outputError: () => {},
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
      // Commander lays out what begins with the usage; what follows the options is ours.
      writeOut: (text) => process.stdout.write(text.startsWith('Usage:') ? text : reflowed(text, helpWidth())),
    })
    .addHelpText(
      'after',
      `
Examples:
  $ convoke explain
  $ convoke apply scene --kernel sobel-x -o out/edges.png

Exit code: 0 done, 1 failed, 2 usage error; stopped by SIGHUP 129, by Ctrl-C
130, by SIGTERM 143. A training that saves before it stops exits with 0.
\`convoke <command> --help\` has examples that work as printed.`,
    )
  const pictures = [addApply, addKernels, addFind, addExplain, addShape]
  const networks = [addTrain, addEvaluate, addPredict, addFinetune, addCompare, addChoose, addScale, addData]
  program.hook('preAction', async (_, command) => {
    const { quiet, color } = program.opts<{ quiet?: boolean; color: boolean }>()
    if (quiet === true) setQuiet()
    if (!color) process.env['NO_COLOR'] = '1'
    const { beginAsRank } = await import('./ranks/ranks.ts')
    await beginAsRank(command.name())
  })
  const files = [addInspect, addConvert, addBench]
  for (const add of [...pictures, ...networks, ...files, addLab, addDoctor, addStart]) add(program)
  addCompletion(program)
  addVersion(program)
  return program
}

/** Commander's refusals are matters of usage: one line, with the way to the help. */
function describeUsage(error: CommanderError, program: Command): string {
  const help = `${fullName(commandNamed(program, process.argv.slice(2)).command)} --help`
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[.\s]*$/, '')
  return `${message}. See \`${help}\`.`
}

async function main(): Promise<void> {
  outliveReaders()
  const program = build()
  const given = process.argv.slice(2).map((word, i) => (i === 0 && word === '-V' ? '-v' : word))
  // What there is no work for without a further word answers with its help, as `convoke data`.
  const { command, rest } = commandNamed(program, given)
  if (rest.length === 0 && command.commands.length > 0) return command.outputHelp()
  try {
    checkHelpOf(program, given)
    await describeNetworks(program, given)
    await program.parseAsync(given, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return
      process.exitCode = 2
      complain(describeUsage(error, program))
      return
    }
    await failTogether()
    tell(error)
    // The others wait for this rank: they are ended as it ends.
    if (speakerNow() !== null) process.exit()
  }
}

/** What all ranks refuse, the first one says: it ends the others meanwhile. */
async function failTogether(): Promise<void> {
  if ((speakerNow()?.rank ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 500))
}

function tell(error: unknown): void {
  process.exitCode = exitCodeOf(error)
  if (process.env['CONVOKE_DEBUG'] === '1' && error instanceof Error) printStack(error.stack ?? error.message)
  else complain(describeError(error))
}

endOnSignals()
// What is thrown outside of the command's own calls, as by a stream of a library.
process.on('uncaughtException', (error) => {
  tell(error)
  process.exit()
})
await main()
