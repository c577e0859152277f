import type { Command } from 'commander'
import type { ChooseTask } from '../choose/request.ts'
import { addDataOptions, addHeldOut, addPictureForm, addTokenizer } from '../options/data-options.ts'
import { addThreads, addTrainingOptions } from '../options/training-options.ts'
import { choiceArgument } from '../terminal/help.ts'

export function addChoose(program: Command): void {
  const command = program
    .command('choose')
    .summary('compare kernel sizes, kernel counts and depths by training')
    .description(
      'Trains a small network for every kernel size × kernel count × depth within a budget, all on the same data with the same settings, compares them on a validation set, and recommends the cheapest that this set cannot tell from the best. For text: windows × maps. Trials are kept: the same command continues where it was stopped.',
    )
    .addArgument(choiceArgument('[task]', 'what to learn', ['classify', 'text']).default('classify'))
    .option('-d, --data <source>', 'as for convoke train: a folder, a file, or data that Convoke makes')
    .option('--out <folder>', 'folder of the trials', 'runs/choose')
    .option('-o, --output <chart>', 'draw accuracy against cost: .svg or .png')
    .optionsGroup('What to try:')
    .option('--kernels <sizes>', 'sides of the kernels (3,5,7)')
    .option('--counts <n,…>', 'kernels of the first stage, doubled at each stage after it (8,16)')
    .option('--depths <n,…>', 'stages (default: as many as the size of the pictures allows, and one fewer)')
    .option('--windows <sets>', 'text: sets of window sizes in words, separated by semicolons (3;3,4,5)')
    .option('--maps <n,…>', 'text: kernels of each window (16,64)')
    .option('--max-parameters <n>', 'skip networks with more parameters')
    .option('--max-macs <n>', 'skip networks with more multiply-accumulates per example')
    .option('--time <time>', 'time for all trainings (90s, 5m, 2h); those not expected to fit are skipped')
    .option('--cost <name>', 'cost to keep low: macs, parameters, milliseconds', 'macs')
    .option('--seeds <n>', 'trainings of each candidate', '1')
    .optionsGroup('Data:')
  addHeldOut(addPictureForm(command), {
    validation: 'share held out for the comparison, if the data has no such part',
    test: 'share held out to test the recommended network',
  })
  addTokenizer(command)
  addTrainingOptions(command)
  addDataOptions(command)
  addThreads(command)
    .option('--json', 'print the results as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke choose --data digits --examples 200 --epochs 2 --kernels 3,5 --counts 4 --depths 1,2 -o out/choose.png
  $ convoke choose --data digits --examples 200 --epochs 2 --kernels 3,5 --counts 4,8 --max-macs 200000 --out runs/small
  $ convoke choose text --data sentences --examples 200 --epochs 1 --windows "2;2,3" --maps 8 --out runs/words --json`,
    )
    .action(async (task: ChooseTask, options) => {
      const { runChoose } = await import('../choose/run.ts')
      await runChoose(task, options)
    })
}
