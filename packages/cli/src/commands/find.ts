import type { Command } from 'commander'

export function addFind(program: Command): void {
  program
    .command('find')
    .summary('find places in a picture that match a template')
    .description(
      'Slides TEMPLATE over PICTURE and lists where it matches, best first: left, top, and a score from -1 to 1, the correlation coefficient (1: the same but for brightness and contrast). A template matches in its own size and direction only. Exit code 1: no match.',
    )
    .argument('<picture>', 'picture to search, or scene')
    .argument('<template>', 'picture of what to find, or left,top,width,height')
    .option('--threshold <score>', 'lowest score of a match', '0.8')
    .option('--count <n>', 'most matches to list', '100')
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
