import type { Command } from 'commander'
import { addDataOptions, addHeldOut, addPictureForm, addTokenizer } from '../options/data-options.ts'
import {
  addFreezeEpochs,
  addNetworkOptions,
  addRanksOptions,
  addTestTime,
  addThreads,
  addTimeOptions,
  addTrainingOptions,
} from '../options/training-options.ts'
import { choiceArgument, commandNamed } from '../terminal/help.ts'
import { type TaskName, taskNames } from '../training/data/opened.ts'

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

/** `convoke train TASK --help` lists the networks of the task, which only the kit of the task knows: it is loaded for that alone. */
export async function describeNetworks(program: Command, words: readonly string[]): Promise<void> {
  const { command, rest } = commandNamed(program, words)
  const task = taskNames.find((name) => rest.includes(name))
  if (command.name() !== 'train' || task === undefined || !rest.some((word) => ['-h', '--help'].includes(word))) return
  const { networksText } = await import('../train/networks.ts')
  command.addHelpText('after', networksText(task))
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train a network on pictures, pixels, boxes, text or sequences')
    .description(
      `Trains a network, measures it on examples it has not seen, and keeps everything in a folder: the settings, the weights (best.safetensors), a checkpoint to resume from, curves for TensorBoard, and report.html.

task      what it reads (guides for each: docs/guides)
classify  a folder per class with pictures, alone or in train/, val/ and test/; the files of MNIST's family or CIFAR; a .csv or .tsv of pixels; a .csv, .tsv, .txt or .lst of file names with labels
segment   images/ and masks/ with files of the same names (01.jpg and 01.png or 01_mask.png), alone or in train/, val/ and test/; train/ beside train_masks/; PASCAL VOC's and Cityscapes' folders. Any grey values, palette indices or colours
detect    PASCAL VOC's folders, or XML files beside their pictures; a COCO .json with its pictures, or one for each part; a .csv with filename, class, xmin, ymin, xmax, ymax
text      a .csv or .tsv with labels and texts (val.csv and test.csv are parts); reviews.pos and reviews.neg; a folder per class with .txt files
sequence  a .csv, .tsv, .txt or .data with a series and its class, first or last, in each row
generate  as for classify; the network learns to draw such pictures

Convoke makes data of its own: digits (classify, generate), shapes (segment, detect), sentences and sentences-zh (text), adding and copy (sequence). Validation and test parts that the data lacks are split off. Notes say what was guessed or left out; \`convoke data inspect\` says so before you train. \`convoke train classify --help\` ends with the networks of classify and their options; so it does for each task.`,
    )
    .addArgument(choiceArgument('[task]', 'what to learn', taskNames))
    .option('-d, --data <source>', 'folder, file, or the name of data that Convoke makes')
    .option('-o, --out <folder>', 'folder of the run (default: runs/<task>, numbered if taken)')
    .optionsGroup('Network:')
    .option('-m, --model <name>', 'network (default: the usual one for the task)')
    .option('--model-option <name=value>', 'option of the network, e.g. widths=[8,16,32]; repeatable', collect, [])
    .option(
      '--from <start>',
      'weights to start from: a run, a model file or a model of the hub, as for convoke finetune; for classify also shipped (weights that come with Convoke, for few pictures); or nothing (default)',
    )
  addTokenizer(addFreezeEpochs(command)).option('--words <n>', 'size of the vocabulary').optionsGroup('Data:')
  addHeldOut(addPictureForm(command))
  addTestTime(addTrainingOptions(command), 'as the pictures suggest')
  addRanksOptions(command).option('--plan', 'measure some steps and predict training on 1 to 1,024 ranks', false)
  addNetworkOptions(command)
  addDataOptions(command)
  addTimeOptions(addThreads(command))
    .option('--resume', 'resume the run in --out', false)
    .option('--json', 'print the results as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train classify --data digits --examples 300 --epochs 2 --out runs/numerals
  $ convoke train --resume --out runs/numerals --epochs 3
  $ convoke train segment --data shapes --examples 16 --epochs 1 --size 32 --loss both --out runs/forms
  $ convoke train text --data sentences --examples 200 --epochs 2 --out runs/remarks --json
  $ convoke train classify --data digits --examples 300 --time 5s --out runs/quick
  $ convoke train classify --data digits --examples 300 --plan

Ctrl-C saves and stops; a second one stops at once. So do SIGTERM, and SIGHUP
when the terminal closes. The exit code is 0 once everything is saved; while
data is still being read, such a signal stops at once with 130, 143 or 129.
Closing the output (| head) does not stop the training. A run that was stopped,
even by a crash, goes on with --resume and ends with the same weights as one
that never stopped. Only one process at a time can write to a run's folder.

On several ranks, on one machine or many, started by Open MPI or MPICH:
mpirun -n 4 npx convoke train classify --data pets/ --global-batch 128. Each
rank takes its part of every batch; the first one prints and writes.`,
    )
    .action(async (task: TaskName | undefined, options, own: Command) => {
      const { runTrain } = await import('../train/run.ts')
      await runTrain(task, options, (name) => own.getOptionValueSource(name) === 'cli')
    })
}
