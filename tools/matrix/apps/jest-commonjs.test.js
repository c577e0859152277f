const { writeFileSync } = require('node:fs')
const convoke = require('convoke')
const { Conv2d } = require('convoke/nn')
const { compute } = require('./compute.cjs')

test('computes', async () => {
  writeFileSync('answer.json', JSON.stringify(await compute(convoke)))
})

test('every door opens on one library', () => {
  expect(Conv2d).toBe(convoke.nn.Conv2d)
})
