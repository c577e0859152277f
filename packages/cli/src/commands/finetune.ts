import type { Command } from 'commander'
import { addDataOptions } from '../options/data-options.ts'
import { addRanksOptions, addThreads, addTimeOptions, addTrainingOptions } from '../options/training-options.ts'

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

export function addFinetune(program: Command): void {
  const command = program
    .command('finetune')
    .summary('teach a trained network new classes or new data')
    .description(
      `Starts from the weights of a run, of a model of the Hugging Face hub, or of a model file, and trains on other data. Where its classes are others, the last layer is made anew for them; everything else starts as it was. The result is a run of its own.

A model of the hub is OWNER/NAME or OWNER/NAME@REVISION, of timm's ResNets, VGGs, MobileNetV2s and ConvNeXts: timm/resnet18.a1_in1k. Its config.json and weights are downloaded once, into the cache of the data sets (CONVOKE_DATA); pictures are made ready as it says there. HF_ENDPOINT names another hub, HF_TOKEN is sent to the hub alone.

A model file is an .onnx, or the model.json of TensorFlow.js, that tells classes of pictures apart. Its pictures are made ready by flags or by --preprocess, as for convoke predict; the run keeps the graph, and convoke convert writes it out again. It gives scores: a softmax at its end is left out.`,
    )
    .argument('<run>', 'folder of the run to start from, its best.safetensors, a model of the hub, or a model file')
    .requiredOption('-d, --data <source>', 'folder, file, or the name of data that Convoke makes')
    .option('-o, --out <folder>', 'folder of the new run; runs/<task> when not given, numbered where it is taken')
    .optionsGroup('What is trained:')
    .option(
      '--freeze <pattern>',
      'parameters that stay: "stage1.*", "*" for all but what is new; repeat it',
      collect,
      [],
    )
    .option('--layer-decay <factor>', 'learning rate of each part over that of the next: 0.4', '1')
    .option('--adapters <rank>', 'train low-rank adapters of this rank instead of the weights')
    .option('--adapters-on <pattern>', 'layers that get adapters', '*')
    .optionsGroup('Data:')
    .option(
      '--size <size>',
      'of a model of the hub or a file: pictures are brought to it, 128 or 96x128; that of the model',
    )
    .option(
      '--labels <file>',
      'of a model file: its classes, one a line; where the data has the same, all layers are kept',
    )
    .option('--fit <how>', 'of a model file: crop keeps the middle, stretch the whole picture (default crop)')
    .option('--mean <numbers>', 'of a model file: subtracted, one or one a channel (0.485,0.456,0.406)')
    .option('--std <numbers>', 'of a model file: divided by, after that (0.229,0.224,0.225)')
    .option('--range <number>', 'of a model file: pictures go from 0 to it (default 1; 255 for many)')
    .option('--order <order>', 'of a model file: channels as rgb or bgr (default rgb)')
    .option('--preprocess <file>', 'of a model file: a JSON file with size, fit, mean, std, range, order, labels')
    .option('--validation <share>', 'share held out to choose the best epoch, where the data has no such part', '0.1')
    .option('--test <share>', 'share held out for the test, where the data has no such part', '0.1')
  addTrainingOptions(command)
  addRanksOptions(command)
  addDataOptions(command)
  addTimeOptions(addThreads(command))
    .option('--json', 'print what came of it as JSON', false)
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

A fine-tuned run that was stopped goes on with convoke train --resume --out …`,
    )
    .action(async (run: string, options) => {
      const { runFinetune } = await import('../finetune/run.ts')
      await runFinetune(run, options)
    })
}
