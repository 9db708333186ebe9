import { expect, it } from 'vitest'
import { kindOf, reachOfLogin, type AddressKind } from '../../src/net/address.ts'

const CASES: readonly [AddressKind, readonly string[]][] = [
  [
    'public',
    [
      '8.8.8.8',
      '93.184.216.34',
      '172.32.0.1',
      '2606:4700::1111',
      '::ffff:8.8.8.8',
      '64:ff9b::808:808',
      '2002:808:808::1',
    ],
  ],
  [
    'loopback',
    ['127.0.0.1', '127.8.9.10', '::1', '::7f00:1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
  ],
  [
    'private',
    [
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      'fc00::1',
      'fd12:3456::1',
      'fd00:ec3::254',
      'fd12:3456:a9fe:a9fe::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      '2002:a00:1::1',
    ],
  ],
  [
    'link-local',
    [
      '169.254.169.254',
      '169.254.1.1',
      'fe80::1',
      '::ffff:169.254.169.254',
      '64:ff9b::a9fe:a9fe',
      '100.100.100.200',
      '168.63.129.16',
      'fd00:ec2::254',
      'fd00:ec2::23',
      'FD00:0EC2:0::254%eth0',
      'fd20:ce::254',
      'fd00:c1::a9fe:a9fe',
      'fd00:42::42',
      'fd00:a9fe:a9fe::1',
      'fd12:3456::a9fe:a9fe',
      '::a9fe:a9fe',
    ],
  ],
  [
    'unusable',
    [
      '0.0.0.0',
      '255.255.255.255',
      '224.0.0.1',
      '240.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '::',
      'ff02::1',
      '2001:db8::1',
      '2001::1',
      '64:ff9b:1::a00:1',
      'example.com',
      '',
    ],
  ],
]

it.each(CASES.flatMap(([kind, addresses]) => addresses.map((address) => [address, kind] as const)))(
  '%s is %s',
  (address, kind) => expect(kindOf(address)).toBe(kind),
)

const REACHES: readonly [string, readonly AddressKind[], boolean, readonly AddressKind[]][] = [
  ['a server on the internet', ['public'], false, ['public']],
  ['a server that does not resolve', [], false, ['public']],
  ['a server in the network', ['private'], false, ['public', 'private']],
  ['a server on this machine', ['loopback'], false, ['public', 'loopback']],
  ['a server at a link-local address', ['link-local'], false, ['public', 'link-local']],
  ['allowPrivate', ['public'], true, ['public', 'private', 'loopback']],
]
it.each(REACHES)(
  'the login of %s reaches no further than it should',
  (_name, own, allowPrivate, expected) => {
    expect([...reachOfLogin(own, allowPrivate)].toSorted()).toEqual([...expected].toSorted())
  },
)
