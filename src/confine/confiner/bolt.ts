/**
 * The program that stands before a server inside bubblewrap, and takes from it what no namespace does: it shares the
 * network, so it could reach the abstract sockets of this machine (the display of X11, buses), and it was given the keys of
 * the kernel that the session of the sidecar holds. Perl again, as for Landlock (landlock/launcher.ts), and without perl
 * both stay open. It also ties the server to the sidecar (leash.ts), and lets it write no core, which would hold its secrets.
 *
 * No module of perl is loaded, "no warnings" neither: it alone would double what this costs a start.
 *
 * Variables that steer how programs are loaded are set here at last, since what they name may lie where the server writes.
 * The one that bubblewrap adds (`PWD`) is taken away: a server has what its entry says and nothing else (promise 2).
 *
 *     call.NAME=NUMBER   calls of the system on this processor (landlock/system-calls.ts)
 *     leash=FD           the pipe at whose other end the sidecar is
 *     env=NAME=VALUE
 *
 * @see man 2 keyctl (KEYCTL_JOIN_SESSION_KEYRING), https://docs.kernel.org/userspace-api/landlock.html (scoping)
 */
import type { SystemCalls } from './landlock/system-calls.ts'
import { PERL_WITHOUT_LOCALE } from './programs.ts'

export interface Bolt {
  /** perl */
  readonly program: string
  readonly calls: SystemCalls
}

/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, and the version that has it. */
const ABSTRACT_SOCKETS = 1
const SINCE_ABI = 6

const PROGRAM = String.raw`
my (%call, @env, $leash);
while (defined(my $word = shift @ARGV)) {
  last if $word eq '--';
  my ($name, $value) = split /=/, $word, 2;
  if ($name =~ /^call\.(.*)/) { $call{$1} = 0 + $value }
  elsif ($name eq 'env') { push @env, $value }
  else { $leash = $value }
}
sub fail { syswrite STDERR, "sidemux: the sandbox could not be made: $_[0] ($!)\n"; exit 1 }
# Where keys can't be had at all, there are none to lose. No room for one more session is another thing.
syscall($call{keyctl}, 1, 0, 0, 0, 0) >= 0 or $! + 0 != 122 or fail('no session of keys');
# Which version of Landlock there is: LANDLOCK_CREATE_RULESET_VERSION.
if (syscall($call{landlock_create_ruleset}, 0, 0, 1) >= ${SINCE_ABI}) {
  my $handled = pack 'QQQ', 0, 0, ${ABSTRACT_SOCKETS};
  my $set = syscall($call{landlock_create_ruleset}, $handled, 24, 0);
  $set >= 0 && syscall($call{landlock_restrict_self}, $set, 0) == 0 or fail('sockets stay open');
  syscall($call{close}, $set);
}
my $none = pack 'QQ', 0, 0;
syscall($call{prlimit64}, 0, 4, $none, 0);
if (defined $leash) {
  open(my $pipe, '+<&=', $leash) or exit 1;
  syswrite($pipe, "\n") && sysread($pipe, my $word, 1) or exit 1;
  close $pipe;
}
delete @ENV{qw(PWD ${Object.keys(PERL_WITHOUT_LOCALE).join(' ')})};
for my $pair (@env) { my ($name, $value) = split /=/, $pair, 2; $ENV{$name} = $value }
exec { $ARGV[0] } @ARGV;
syswrite STDERR, "sidemux: $ARGV[0] could not be started: $!\n";
exit 127;
`

/**
 * @param env what steers how programs are loaded, and `PWD` where the entry declares it
 * @param leash the descriptor of the pipe by which it is tied to the sidecar, if it is
 */
export function bolted(
  { program, calls: { numbers } }: Bolt,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  leash?: number,
): readonly [string, ...string[]] {
  const { keyctl, close, prlimit64, landlock_create_ruleset, landlock_restrict_self } = numbers
  const calls = Object.entries({
    keyctl,
    close,
    prlimit64,
    landlock_create_ruleset,
    landlock_restrict_self,
  })
  return [
    program,
    '-f',
    '-e',
    PROGRAM,
    ...calls.map(([name, number]) => `call.${name}=${number}`),
    ...(leash === undefined ? [] : [`leash=${leash}`]),
    ...Object.entries(env).map(([name, value]) => `env=${name}=${value}`),
    '--',
    ...command,
  ]
}
