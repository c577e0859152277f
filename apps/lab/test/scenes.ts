// States of the lab that every test of its looks goes through.

export const scenes: Readonly<Record<string, string>> = {
  home: '',
  slide: 'slide',
  'slide, padded and long numbers':
    'slide?size=6x6&kernel=3x3&padding=1,1,1,1&edge=mirror&w=-1000.25,0,1,-2,0,2,-1,0,9999&at=8',
  'slide, channels in groups': 'slide?channels=4,4&groups=2&kernel=3x3&padding=1,1,1,1&at=6&channel=3',
  'slide, transposed': 'slide?size=4x3&kind=transposed&stride=3,2&kernel=3x3&padding=1,1,1,1&at=6',
  'slide, large': 'slide?size=12x12&kernel=5x5&padding=6,6,6,6&dilation=2,2',
  'slide, one axis': 'slide?axes=1&size=12&kernel=5&padding=4,0&edge=edge',
  'slide, nothing fits': 'slide?size=2x2&kernel=5x5',
  filters: 'filters',
  'filters, a chain': 'filters?sample=shapes&chain=gaussian:2|laplacian&grey=1&pixel=90,195',
  'filters, own kernel': 'filters?sample=rings&chain=own|box:25&wipe=0.2',
  'filters, none': 'filters?chain=',
  shapes: 'shapes',
  'shapes, nothing fits': 'shapes?net=28x28x1: conv 8 5x5, relu, maxpool 2, linear 10, relu&layer=4',
  'shapes, large numbers':
    'shapes?net=224x224x3: conv 4096 3x5 s2x1 psame d2x1 g1 nobias, gn 32, convtranspose 1024 3 s2 p1 op1&layer=1',
  'shapes, no layer': 'shapes?net=28x28x1:',
  train: 'train?examples=500',
  'train, drawings': 'train?source=drawings&augment=0&epochs=200',
  'train, pictures': 'train?source=pictures&compared=1x2x1|3x4x1|5x8x2|7x32x3',
  inside: 'inside',
  'inside, a linear layer': 'inside?layer=13&map=8&class=3&cam=7&pic=8',
  text: 'text?steps=30',
  'text, many filters and unknown words':
    'text?windows=1,2,3,4,5&maps=8&steps=5&filter=40&text=a+Kafkaesque+Gesamtkunstwerk',
  segment: 'segment?examples=100&depth=2&width=4',
  'segment, two networks of four levels': 'segment?skips=both&depth=4&width=4&examples=100&batch=4&epochs=200',
  'slide, a broken address': 'slide?size=900x5&kernel=abc',
}
