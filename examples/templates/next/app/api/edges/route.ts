// Takes a picture and answers with its edges, as PNG:
//
//     curl --data-binary @cat.jpg localhost:3000/api/edges --output edges.png

import { currentBackend, divide, scope, tensor, toPixels } from 'convoke'
import { pictureDecoder } from 'convoke/node'
import sharp from 'sharp'
import { edgesOf } from '../../../edges'

const decode = pictureDecoder(sharp, { channels: 1 })

export async function POST(request: Request): Promise<Response> {
  const picture = await decode(new Uint8Array(await request.arrayBuffer())).catch(() => null)
  if (picture === null) return new Response('This is not a picture: send a JPEG, PNG or WebP.', { status: 400 })
  const [height, width] = picture.shape
  const edges = scope(() => edgesOf(divide(tensor(picture.data, { shape: [height, width] }), 255)))
  const { data } = await toPixels(edges, { range: [0, 4] })
  edges.dispose()
  const png = await sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer()
  const headers = { 'content-type': 'image/png', 'x-backend': currentBackend().name }
  return new Response(new Uint8Array(png), { headers })
}
