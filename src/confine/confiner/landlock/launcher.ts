/**
 * The program that starts a server under Landlock (Linux 5.13 and later) where there is no bubblewrap. Perl is there on
 * nearly every Linux, and its `syscall` reaches what is needed: so nothing is compiled or installed. No module is
 * loaded, since a module could come from where a server may write.
 *
 * It splits in two. One stays outside as the keeper, the other confines itself and becomes the server.
 *
 * - The keeper is made the parent of all that loses its own ("child subreaper", man 2 prctl). So it finds whatever the
 *   server started, and ends it when the server ends, when it is told to (SIGUSR1), or when sidemux is gone (promise 8).
 * - The server's side gives up: rights to gain privileges, all capabilities, open files beyond 0 to 2, the keys of the
 *   session, core dumps; then files and signals by Landlock, then calls of the system that Landlock doesn't judge by a
 *   filter (filter.ts).
 *
 * Its arguments, before `--`, one `NAME=VALUE` each:
 *
 *     call.NAME=NUMBER   calls of the system on this processor (system-calls.ts)
 *     parent=PID         sidemux
 *     handled=A,B,C      what is judged: files, network, scope; as bits, and only what this kernel knows
 *     file=BITS          which of them a rule of a file may name
 *     rule=BITS:PATH     what may be done at and below a path
 *     filter=HEX         a program for seccomp
 *     cwd=PATH  dir=PATH  env=NAME=VALUE
 *     link=PATH to=PATH  a link, and where it leads
 *     tmp=PATH           where the directory for what doesn't last is made
 *
 * `dir`, `link` and `tmp` are made when the server is confined already, so they lead nowhere that it couldn't write itself.
 *
 * @see man 7 landlock, https://docs.kernel.org/userspace-api/landlock.html
 */
import { PERL_WITHOUT_LOCALE } from '../programs.ts'

export const LANDLOCK_LAUNCHER = String.raw`
my (%call, %is, @rules, @dirs, @links, @env);
while (defined(my $word = shift @ARGV)) {
  last if $word eq '--';
  my ($name, $value) = split /=/, $word, 2;
  if ($name =~ /^call\.(.*)/) { $call{$1} = 0 + $value }
  elsif ($name eq 'rule') { push @rules, $value }
  elsif ($name eq 'dir') { push @dirs, $value }
  elsif ($name eq 'link') { push @links, [$value] }
  elsif ($name eq 'to') { push @{ $links[-1] }, $value }
  elsif ($name eq 'env') { push @env, $value }
  else { $is{$name} = $value }
}
sub fail { syswrite STDERR, "sidemux: the sandbox could not be made: $_[0] ($!)\n"; exit 1 }
sub control { my @args = (@_, 0, 0, 0, 0); syscall($call{prctl}, map { $_ + 0 } @args[0 .. 4]) }

control(36, 1) == 0 or fail('no keeper');
control(1, 12) == 0 or fail('no word of the end');
# Before there is a server, so that none is ever without a keeper who hears of the end.
$SIG{USR1} = sub { sweep(); exit 137 };
$SIG{USR2} = sub { if (getppid() != $is{parent}) { sweep(); exit 1 } };
# Nor one who ends by what the server's group is sent.
my @passed_by = qw(HUP INT QUIT TERM PIPE TSTP TTIN TTOU ALRM);
$SIG{$_} = 'IGNORE' for @passed_by;
getppid() == $is{parent} or exit 1;
my $keeper = $$;
my $server = fork;
defined $server or fail('no process');
if ($server) { keep() } else { become() }

# What is stopped makes no more, so all of it is stopped before any of it is ended: what loses its parent moves here. Each
# is stopped as soon as it is seen, since thousands that run leave no time to look at all of them first. Of a line of
# /proc/PID/stat state and parent stand behind the name, which may hold anything but this.
sub sweep {
  while (1) {
    my (%known, $more) = ($$ => 1);
    do {
      $more = 0;
      opendir(my $proc, '/proc') or return;
      for my $pid (sort { $a <=> $b } grep { /^\d+$/ && !$known{$_} } readdir $proc) {
        open(my $stat, '<', "/proc/$pid/stat") or next;
        my $line = <$stat>;
        next unless defined $line && $line =~ /.*\) (\S) (\d+)/s && $1 ne 'Z' && $known{$2};
        kill 'STOP', $pid;
        $known{$pid} = $more = 1;
      }
    } while $more;
    delete $known{$$};
    kill 'KILL', keys %known;
    my $gone;
    do { $gone = waitpid(-1, 1) } while $gone > 0;
    return if $gone == -1;
    select undef, undef, undef, 0.01;
  }
}
sub keep {
  getppid() == $is{parent} or do { sweep(); exit 1 };
  syscall($call{close}, $_) for 0 .. 2;
  my $status;
  while (1) {
    my $gone = waitpid(-1, 0);
    if ($gone == $server) { $status = $?; last }
    last if $gone == -1;
  }
  sweep();
  exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
}
# A directory for what doesn't last; those of starts that are over go.
sub fresh {
  my ($tmp) = @_;
  mkdir $tmp, 0700;
  opendir(my $olds, $tmp) or return;
  for my $old (grep { /^\d+$/ && ! -d "/proc/$_" } readdir $olds) { discard("$tmp/$old") }
  mkdir "$tmp/$keeper", 0700;
  $ENV{TMPDIR} = "$tmp/$keeper";
}
sub discard {
  my ($path) = @_;
  return unlink $path if -l $path || ! -d _;
  if (opendir(my $all, $path)) { discard("$path/$_") for grep { !/^\.\.?$/ } readdir $all }
  rmdir $path;
}
sub become {
  $SIG{$_} = 'DEFAULT' for @passed_by, qw(USR1 USR2);
  control(1, 9) == 0 && getppid() == $keeper or exit 1;
  control(38, 1) == 0 or fail('no new privileges');
  my $none = pack 'QQ', 0, 0;
  syscall($call{prlimit64}, 0, 4, $none, 0);
  my ($files, $net, $scope) = map { 0 + $_ } split /,/, $is{handled};
  my $handled = pack 'QQQ', $files, $net, $scope;
  my $set = syscall($call{landlock_create_ruleset}, $handled, $scope ? 24 : $net ? 16 : 8, 0);
  $set >= 0 or fail('no Landlock');
  for my $rule (@rules) {
    my ($bits, $path) = split /:/, $rule, 2;
    my $fd = syscall($call{openat}, -100, $path, 0x280000, 0);
    next if $fd < 0;
    my $allowed = 0 + $bits;
    $allowed &= 0 + $is{file} unless -d $path;
    my $beneath = pack 'Ql', $allowed, $fd;
    $allowed == 0 or syscall($call{landlock_add_rule}, $set, 1, $beneath, 0) == 0 or fail("no rule for $path");
    syscall($call{close}, $fd);
  }
  # As root a process reads the environments of others by its capabilities, whatever Landlock says.
  for my $capability (0 .. 63) { last if control(24, $capability) != 0 }
  control(47, 4);
  my ($head, $nothing) = (pack('LL', 0x20080522, 0), pack('L6', (0) x 6));
  syscall($call{capset}, $head, $nothing) == 0 or fail('capabilities stay');
  syscall($call{keyctl}, 1, 0, 0, 0, 0);
  syscall($call{landlock_restrict_self}, $set, 0) == 0 or fail('not confined');
  for my $path (@dirs) { mkdir $path, 0700 }
  fresh($is{tmp}) if defined $is{tmp};
  symlink $_->[1], $_->[0] for @links;
  chdir $is{cwd} or fail("no directory $is{cwd}");
  delete @ENV{qw(${Object.keys(PERL_WITHOUT_LOCALE).join(' ')})};
  for my $pair (@env) { my ($name, $value) = split /=/, $pair, 2; $ENV{$name} = $value }
  syscall($call{close_range}, 3, 0xffffffff, 4) == 0 or fail('files stay open');
  my $filter = pack 'H*', $is{filter};
  my $program = pack 'S x6 P', length($filter) / 8, $filter;
  syscall($call{prctl}, 22, 2, $program, 0, 0) == 0 or fail('no filter');
  exec { $ARGV[0] } @ARGV;
  syswrite STDERR, "sidemux: $ARGV[0] could not be started: $!\n";
  exit 127;
}
`
