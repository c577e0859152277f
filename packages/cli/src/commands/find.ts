import type { Command } from 'commander'

export function addFind(program: Command): void {
  program
    .command('find')
    .summary('find places of a picture that look like a template')
    .description(
      'Slides TEMPLATE over PICTURE and lists where it matches, best first: left, top, and a score from -1 to 1, their correlation coefficient (1: equal but for brightness and contrast). Size and direction must be the same. Exit code 1: no match.',
    )
    .argument('<picture>', 'picture to search, or scene')
    .argument('<template>', 'picture of what to find, or left,top,width,height')
    .option('--threshold <score>', 'least score of a match', '0.8')
    .option('--count <n>', 'matches listed', '100')
    .option('--gray', 'compare brightness instead of colours', false)
    .option('-o, --output <path>', 'picture to write, with a frame around each match')
    .option('--scores <path>', 'write the score of every place: .npy .tif .json .csv')
    .option('--max-megapixels <n>', 'largest picture to read, in million pixels', '268')
    .option('--force', 'allow the output to replace the picture that is read', false)
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke find scene 300,140,48,48 --threshold 0.6 -o out/found.png
  $ convoke find scene 300,140,48,48 --gray --count 1 --json`,
    )
    .action(async (picture: string, template: string, options) => {
      const { runFind } = await import('../find/run.ts')
      await runFind(picture, template, options)
    })
}
