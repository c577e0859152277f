import type { Command } from 'commander'
import { addDataOptions } from '../options/data-options.ts'

export function addData(program: Command): void {
  const command = program
    .command('data')
    .summary('make, download, convert and check data sets')
    .description(
      'Makes data sets, downloads public ones, writes them in other layouts, and checks your own for faults that would spoil a training.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ convoke data list
  $ convoke data generate digits --out out/digits --count 100
  $ convoke data inspect out/digits
  $ convoke data inspect out/digits --json`,
    )
  command
    .command('list')
    .summary('list the data sets that can be made or downloaded')
    .description('Lists the data sets that Convoke makes itself and the public ones that it can download.')
    .option('--json', 'print as JSON', false)
    .addHelpText('after', '\nExamples:\n  $ convoke data list\n  $ convoke data list --json')
    .action(async (options) => {
      const { runList } = await import('../dataset/fetch.ts')
      await runList(options)
    })
  command
    .command('generate')
    .summary('write data that Convoke makes itself')
    .description(
      'Writes examples as files: digits as folders of PNG or as IDX, shapes with masks, shapes with boxes as VOC or COCO, sentences as a table, the adding problem and copy memory as .npy. The same seed writes the same bytes.',
    )
    .argument('<name>', 'digits, silhouettes, shapes-masks, shapes-boxes, sentences, sentences-zh, adding or copy')
    .requiredOption('-o, --out <folder>', 'a new or empty folder')
    .option('--count <n>', 'examples')
    .option('--test <n>', 'write parts train and test, with this many more examples in test')
    .option('--seed <n>', 'seed; another one gives other examples', '0')
    .option('--size <pixels>', 'side of the pictures')
    .option('--length <steps>', 'steps of the series (in copy: of the wait)')
    .option('--format <name>', 'digits: folders, idx; shapes-boxes: voc, coco')
    .option('--json', 'print what was written as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke data generate digits --out out/idx --count 200 --test 50 --format idx
  $ convoke data generate shapes-masks --out out/masks --count 20 --size 48
  $ convoke data generate shapes-boxes --out out/coco --count 20 --format coco --json
  $ convoke data generate sentences-zh --out out/sentences --count 100`,
    )
    .action(async (name: string, options) => {
      const { runGenerate } = await import('../dataset/generate.ts')
      await runGenerate(name, options)
    })
  command
    .command('download')
    .summary('download a public data set')
    .description(
      'Downloads a public data set into the cache, checks it and unpacks it. An interrupted download continues where it stopped. Without a network it says which files to put where.',
    )
    .argument('<name>', 'see convoke data list')
    .option('--json', 'print where it is as JSON', false)
    .addHelpText(
      'after',
      `
The cache is the folder CONVOKE_DATA names, or else convoke in XDG_CACHE_HOME,
or else ~/.cache/convoke.

For example: convoke data download fashion-mnist`,
    )
    .action(async (name: string, options) => {
      const { runDownload } = await import('../dataset/fetch.ts')
      await runDownload(name, options)
    })
  command
    .command('layouts')
    .summary('how data may lie in folders')
    .description(
      'Lists the layouts of data that every command reads and `convoke data convert` writes, by task, each as a small tree.',
    )
    .option('--json', 'print as JSON', false)
    .addHelpText('after', '\nExamples:\n  $ convoke data layouts\n  $ convoke data layouts --json')
    .action(async (options) => {
      const { runLayouts } = await import('../dataset/convert/run.ts')
      runLayouts(options)
    })
  const convert = command
    .command('convert')
    .summary('write a data set in another layout')
    .description(
      'Writes the data in FROM, whatever its layout, to the new folder TO in another layout of the same task. Pictures are copied as they are; parts and the names and order of classes are kept. TO appears when all of it is written, and nothing is overwritten. What a layout cannot represent is reported.',
    )
    .argument('<from>', 'a folder or a file')
    .argument('<to>', 'a new or empty folder')
    .option(
      '--to <layout>',
      'classify: folders, names, kaggle, csv; detect: voc, labelimg, labelimg-together, roboflow, coco, yolo, csv; segment: voc, cityscapes, camvid-colours, camvid, masks; sequence: ts, arff, ucr, csv',
    )
    .option('--task <name>', 'the task, if the data fits several: classify, detect, segment, sequence')
    .option('--follow-links', 'copy pictures behind links that lead out of FROM, too', false)
  addDataOptions(convert, { strict: false, amount: false })
    .optionsGroup('Options:')
    .option('--json', 'print what was written as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke data generate shapes-boxes --out out/shapes --count 12 --test 4
  $ convoke data convert out/shapes out/shapes-yolo --to yolo
  $ convoke data convert out/shapes-yolo out/shapes-coco --to coco --json`,
    )
    .action(async (from: string, to: string, options) => {
      const { runConvert } = await import('../dataset/convert/run.ts')
      await runConvert(from, to, options)
    })
  const inspect = command
    .command('inspect')
    .summary('check a data set: what it holds, and what is wrong with it')
    .description(
      'Says what kind of data PATH holds, counts examples by part and class, lists the sizes of pictures, and names what is faulty: empty classes, pictures that cannot be read or occur twice, masks that are missing or of another size, boxes outside their pictures, missing labels, broken rows, and examples that training and test share. What `convoke train` would refuse comes first. The options are those of `convoke train`, so both read the data alike.',
    )
    .argument('<path>', 'a folder or a file')
    .option('-o, --output <picture>', 'draw a contact sheet of some examples, with their masks and boxes')
    .option('--strict', 'exit with code 1 if anything is wrong', false)
  addDataOptions(inspect, { strict: false })
    .optionsGroup('Options:')
    .option('--json', 'print as JSON, every problem included', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke data generate shapes-boxes --out out/boxes --count 12
  $ convoke data inspect out/boxes -o out/boxes.png
  $ convoke data inspect out/boxes --strict --json`,
    )
    .action(async (path: string, options) => {
      const { runInspect } = await import('../dataset/inspect/run.ts')
      await runInspect(path, options)
    })
}
