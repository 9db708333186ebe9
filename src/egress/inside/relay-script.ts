/**
 * The program that makes the network inside of a sandbox, for perl, which is light, and there on nearly every Linux. No
 * module is loaded: that takes longer than all the rest. So numbers stand where they have names (man 2 socket, 7 ip, 7
 * unix). It is started in the server's place, with what it takes to make that network, and then starts the
 * server, both with no right to anything.
 *
 * Its arguments: the socket of the door (door.ts), the user and group that the server runs as, the numbers of unshare,
 * prctl and capset (system-calls.ts), the ports that are listened at, and the server's command.
 *
 * - Each address is this machine's own there. So whatever the server connects to, at one of those ports, ends here, and the
 *   door is asked for a connection to the address that was meant. The rest is refused by the system, at once.
 * - Questions for names are handed to the door as they came, each with a tag for its answer.
 * - It ends with the sandbox, or with the door.
 */
export const RELAY_SCRIPT = String.raw`my ($door, $uid, $gid, $calls, $ports, @command) = @ARGV;
my ($unshare, $prctl, $capset) = map { 0 + $_ } split /,/, $calls;
my (%links, %asked, $names, $tag, $heard);

sub quit { print STDERR "sidemux: the server's own network could not be made: $_[0]\n"; exit 1 }

# Every address becomes this machine's (a local route, rtnetlink(7)), so each connection ends at a listener of ours.
sub own {
  my ($family) = @_;
  socket(my $kernel, 16, 3, 0) or return 0;
  my $route = pack('C8 L S S L', $family, 0, 0, 0, 255, 3, 254, 2, 0, 8, 4, 1);
  send($kernel, pack('L S S L L', 16 + length $route, 24, 0x505, 1, 0) . $route, 0, pack('S S L L', 16, 0, 0, 0)) or return 0;
  recv($kernel, my $said, 4096, 0);
  return unpack('x16 l', $said) == 0;
}

# F_SETFL, O_NONBLOCK
sub unblock { fcntl($_[0], 4, 2048) }

sub listening {
  my ($port) = @_;
  for my $family (10, 2) {
    socket(my $made, $family, 1, 0) or next;
    setsockopt($made, 1, 2, 1);
    setsockopt($made, 41, 26, 0) if $family == 10;
    bind($made, $family == 10 ? pack('S n N x16 N', 10, $port, 0, 0) : pack('S n x12', 2, $port)) or next;
    listen($made, 128) or next;
    unblock($made);
    return $made;
  }
  quit("port $port ($!)");
}

sub told { my ($file, $text) = @_; open(my $to, '>', "/proc/self/$file") or return 0; print $to $text; return close $to }

# Nobody but root is root in the sandbox: back to the user's own numbers, as bubblewrap does (user_namespaces(7)).
sub return_to_user {
  return if $uid == $< && $gid == ($( + 0);
  my ($from, $group) = ($<, $( + 0);
  syscall($unshare, 0x10000000) == 0 or quit("the user ($!)");
  told('setgroups', 'deny');
  told('uid_map', "$uid $from 1") && told('gid_map', "$gid $group 1") or quit("the user ($!)");
}

# Leaves no capability in any set (capabilities(7)).
sub renounce {
  syscall($prctl, 24, $_, 0, 0, 0) for 0 .. 63;
  my ($head, $none) = (pack('L l', 0x20080522, 0), pack('L6', (0) x 6));
  syscall($capset, $head, $none);
  open(my $status, '<', '/proc/self/status') or quit($!);
  for (<$status>) { quit('capabilities are left') if /^Cap\w+:\s*(\w+)/ && $1 !~ /^0+$/ }
}

sub reached {
  socket(my $way, 1, 1, 0) or return;
  connect($way, pack('S a*', 1, $door)) or return;
  unblock($way);
  return $way;
}

# One of two ends. What is read of it waits in the other one (its out).
sub end_of { my ($socket) = @_; return { socket => $socket, out => '', is_read => 1 } }

sub drop {
  my ($end, $is_refused) = @_;
  for my $one ($end, $end->{other}) {
    my $socket = delete $one->{socket} or next;
    setsockopt($socket, 1, 13, pack('i i', 1, 0)) if $is_refused;
    delete $links{fileno $socket};
    close $socket;
  }
}

sub taken {
  my ($listener) = @_;
  accept(my $client, $listener) or return;
  unblock($client);
  # IPv4 comes as IPv6 where a listener takes both.
  my ($family, $port, @at) = unpack('S n N n8', getsockname($client) . "\0" x 12);
  my $host = $family == 10 ? '[' . join(':', map { sprintf '%x', $_ } @at[1 .. 8]) . ']' : join('.', unpack('C4', pack('N', $at[0])));
  my ($near, $far) = (end_of($client), end_of(reached()));
  ($near->{other}, $far->{other}) = ($far, $near);
  return drop($near, 1) if !$far->{socket};
  # Nothing is read of the client before the way is open.
  $near->{is_read} = 0;
  @$far{'out', 'head', 'port'} = ("CONNECT $host:$port HTTP/1.1\r\n\r\n", '', $port);
  @links{fileno $client, fileno $far->{socket}} = ($near, $far);
}

sub take {
  my ($end) = @_;
  my $other = $end->{other};
  my $count = sysread($end->{socket}, my $bytes, 65536);
  if (!defined $count) { drop($end, 1) if $! != 11 && $! != 4; return }
  if ($count == 0) {
    return drop($end, 1) if defined $end->{head};
    $end->{is_read} = 0;
    $end->{is_ended} = 1;
    return finish($other);
  }
  if (defined $end->{head}) {
    $end->{head} .= $bytes;
    return if $end->{head} !~ /\r\n\r\n/;
    # Only HTTP in clear can show why it was refused.
    return drop($end, 1) if $end->{head} !~ m{^HTTP/1.1 200 } && $end->{port} != 80;
    ($bytes = delete $end->{head}) =~ s/^HTTP\/1.1 200 .*?\r\n\r\n//s;
    $other->{is_read} = 1;
  }
  $other->{out} .= $bytes;
  give($other) if length $other->{out};
}

sub give {
  my ($end) = @_;
  my $count = syswrite($end->{socket}, $end->{out});
  if (!defined $count) { drop($end, 1) if $! != 11 && $! != 4; return }
  substr($end->{out}, 0, $count, '');
  finish($end) if $end->{other}{is_ended};
}

# All of the other side was said.
sub finish {
  my ($end) = @_;
  return if length $end->{out};
  shutdown($end->{socket}, 1);
  drop($end) if $end->{is_ended};
}

sub asked {
  my $from = recv($heard, my $question, 4096, 0);
  return if !defined $from || length $names->{out} > 65536;
  $tag = ($tag + 1) % 65536;
  $asked{$tag} = $from;
  $names->{out} .= pack('n n', length($question) + 2, $tag) . $question;
}

sub answered {
  exit 0 if !sysread($names->{socket}, $names->{in}, 65536, length $names->{in}) && $! != 11 && $! != 4;
  while (length $names->{in} >= 2) {
    my $length = unpack('n', $names->{in});
    last if length $names->{in} < 2 + $length;
    my ($for, $answer) = unpack("x2 n a*", substr($names->{in}, 0, 2 + $length, ''));
    my $to = delete $asked{$for};
    send($heard, $answer, 0, $to) if defined $to;
  }
}

sub bits { my $bits = ''; vec($bits, $_, 1) = 1 for @_; return $bits }

sub serve {
  my %listeners = map { (fileno $_, $_) } @_;
  my ($named, $ears) = (fileno $names->{socket}, fileno $heard);
  for (;;) {
    my @ends = values %links;
    my $reading = bits($named, $ears, (keys %links < 600 ? keys %listeners : ()), map { fileno $_->{socket} } grep { $_->{is_read} && !length $_->{other}{out} } @ends);
    my $writing = bits((length $names->{out} ? $named : ()), map { fileno $_->{socket} } grep { length $_->{out} } @ends);
    next if select($reading, $writing, undef, undef) <= 0;
    asked() if vec($reading, $ears, 1);
    answered() if vec($reading, $named, 1);
    if (vec($writing, $named, 1)) { my $count = syswrite($names->{socket}, $names->{out}); substr($names->{out}, 0, $count, '') if $count }
    for my $end (@ends) {
      give($end) if $end->{socket} && vec($writing, fileno $end->{socket}, 1);
      take($end) if $end->{socket} && vec($reading, fileno $end->{socket}, 1);
    }
    for (keys %listeners) { taken($listeners{$_}) if vec($reading, $_, 1) }
  }
}

own(2) or quit("the route ($!)");
own(10);
my @listeners = map { listening($_) } split /,/, $ports;
socket($heard, 2, 2, 0) && bind($heard, pack('S n C4 x8', 2, 53, 127, 0, 0, 1)) or quit("names ($!)");
unblock($heard);
$names = { socket => reached() || quit("the way out ($!)"), out => "NAMES\r\n\r\n", in => '' };
return_to_user();
renounce();
my $first = fork;
defined $first or quit($!);
if ($first == 0) {
  # Before the server begins, which may signal all that it can; and it begins as soon as this one has ended.
  $SIG{$_} = 'IGNORE' for 'TERM', 'INT', 'HUP', 'PIPE';
  # Not the server's child, which may wait for all of its own.
  exit 0 if fork;
  setpgrp 0, 0;
  $0 = 'sidemux-network';
  open STDIN, '<', '/dev/null';
  open STDOUT, '>', '/dev/null';
  open STDERR, '>', '/dev/null';
  my %kept = map { (fileno $_, 1) } @listeners, $heard, $names->{socket};
  for my $number (3 .. 63) {
    next if $kept{$number};
    my $other;
    close $other if open $other, '<&=', $number;
  }
  serve(@listeners);
}
waitpid $first, 0;
exec { $command[0] } @command or quit("$command[0]: $!");
`
