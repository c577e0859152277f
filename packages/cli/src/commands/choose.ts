import type { Command } from 'commander'
import type { ChooseTask } from '../choose/request.ts'
import { addDataOptions } from '../options/data-options.ts'
import { addThreads, addTrainingOptions } from '../options/training-options.ts'
import { choiceArgument } from '../terminal/help.ts'

export function addChoose(program: Command): void {
  const command = program
    .command('choose')
    .summary('choose kernel size, kernel count and depth by trying')
    .description(
      'Trains a small network for every kernel size × kernel count × depth within a budget, all on the same data by the same rules, compares them on a validation set, and recommends the cheapest that is as good as the best as far as that set can tell. For text: windows × maps. What was trained is kept: the same command goes on where it was stopped.',
    )
    .addArgument(choiceArgument('[task]', 'what to learn', ['classify', 'text']).default('classify'))
    .option('-d, --data <source>', 'as for convoke train: a folder, a file, or data that Convoke makes')
    .option('--out <folder>', 'folder of the trials', 'runs/choose')
    .option('-o, --output <chart>', 'draw accuracy against cost: .svg or .png')
    .optionsGroup('What to try:')
    .option('--kernels <sizes>', 'sides of the kernels (3,5,7)')
    .option('--counts <n,…>', 'kernels of the first stage, doubled at each stage after it (8,16)')
    .option('--depths <n,…>', 'stages; as many as the pictures bear, and one less, when not given')
    .option('--windows <sets>', 'text: words under each window, sets parted by semicolons (3;3,4,5)')
    .option('--maps <n,…>', 'text: kernels of each window (16,64)')
    .option('--max-parameters <n>', 'leave out networks with more')
    .option('--max-macs <n>', 'leave out networks that need more multiply-accumulates for an example')
    .option('--time <time>', 'start no training that is not expected to end within 90s, 5m, 2h')
    .option('--cost <name>', 'what is to be spared: macs, parameters, milliseconds', 'macs')
    .option('--seeds <n>', 'train each choice so many times', '1')
    .optionsGroup('Data:')
    .option('--size <n>', 'size that pictures are brought to: one side, or height and width: 48x64')
    .option('--channels <n>', '1 (grey) or 3 (colour); as the pictures are when not given')
    .option('--validation <share>', 'share held out to compare on, where the data has no such part', '0.1')
    .option('--test <share>', 'share held out for the test of the recommended one', '0.1')
    .option('--tokenizer <name>', 'how texts are divided: english, characters, zh, ja, th, any')
  addTrainingOptions(command)
  addDataOptions(command)
  addThreads(command)
    .option('--json', 'print what was found as JSON', false)
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
