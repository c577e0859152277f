import type { Command } from 'commander'
import { addDataOptions, addHeldOut } from '../options/data-options.ts'
import { addPreprocessing } from '../options/preprocessing-options.ts'
import {
  addFreezeEpochs,
  addRanksOptions,
  addTestTime,
  addThreads,
  addTimeOptions,
  addTrainingOptions,
} from '../options/training-options.ts'

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

export function addFinetune(program: Command): void {
  const command = program
    .command('finetune')
    .summary('teach a trained network new classes or new data')
    .description(
      `Starts from the weights of a run, of a model of the Hugging Face hub, or of a model file, and trains on other data. For other classes it gets a new last layer; everything else starts from the old weights. The result is a new run.

A model of the hub is OWNER/NAME or OWNER/NAME@REVISION, of timm's ResNets, VGGs, MobileNetV2s and ConvNeXts: timm/resnet18.a1_in1k. Its config.json and weights are downloaded once, into the cache of the data sets (CONVOKE_DATA); pictures are prepared as config.json says. HF_ENDPOINT names another hub; HF_TOKEN is sent to the hub only.

A model file is an .onnx, or the model.json of TensorFlow.js, that classifies pictures. Options or --preprocess say how pictures are prepared, as for convoke predict; the run keeps the graph, and convoke convert writes it out again. A softmax at its end is dropped, so that the run gives scores.`,
    )
    .argument('<run>', 'folder of the run to start from, its best.safetensors, a model of the hub, or a model file')
    .requiredOption('-d, --data <source>', 'folder, file, or the name of data that Convoke makes')
    .option('-o, --out <folder>', 'folder of the new run (default: runs/<task>, numbered if taken)')
    .optionsGroup('What is trained:')
    .option(
      '--freeze <pattern>',
      'parameters not to train: "stage1.*", or "*" for all old ones; repeatable',
      collect,
      [],
    )
  addFreezeEpochs(command)
    .option('--layer-decay <factor>', 'learning rate of each part relative to the next, e.g. 0.4', '1')
    .option('--adapters <rank>', 'train low-rank adapters of this rank instead of the weights')
    .option('--adapters-on <pattern>', 'layers that get adapters', '*')
    .optionsGroup('Data:')
    .option(
      '--size <size>',
      'for a model of the hub or a file: resize pictures to this, 128 or 96x128 (default: as the model says)',
    )
  addPreprocessing(command, 'its classes, one per line; if the data has the same, all layers are kept')
  addHeldOut(command)
  addTestTime(addTrainingOptions(command), 'as the pictures suggest')
  addRanksOptions(command)
  addDataOptions(command)
  addTimeOptions(addThreads(command))
    .option('--json', 'print the results as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke train classify --data digits --examples 200 --epochs 1 --out runs/known
  $ convoke finetune runs/known --data digits --examples 100 --epochs 1 --freeze "stage*" --out runs/tuned
  $ convoke finetune runs/known --data digits --examples 100 --epochs 1 --adapters 2 --out runs/adapted --json
  $ convoke finetune model.onnx --data digits --examples 100 --epochs 1 --size 28 --out runs/model
  $ convoke convert runs/model tuned.onnx

With a network, or with the model's files in the cache:
convoke finetune timm/resnet18.a1_in1k --data pets/ --size 128

To resume a fine-tuning that was stopped: convoke train --resume --out …`,
    )
    .action(async (run: string, options) => {
      const { runFinetune } = await import('../finetune/run.ts')
      await runFinetune(run, options)
    })
}
