const convoke = require('convoke')

import('./compute.mjs').then(async ({ compute }) => console.log(JSON.stringify(await compute(convoke))))
