# Prints where a sparse file has data: "START LENGTH" in bytes, a line for each extent. Node cannot
# lseek; perl-base is wherever mmdebstrap is.
#     perl extents.pl FILE
use strict;
use warnings;

# lseek(2) of Linux, and what it says behind the last data.
my ($SEEK_DATA, $SEEK_HOLE, $ENXIO) = (3, 4, 6);

my ($file) = @ARGV;
open my $in, '<', $file or die "$file: $!\n";
for (my $end = 0;;) {
    my $start = sysseek $in, $end, $SEEK_DATA;
    if (!defined $start) {
        last if $! == $ENXIO;
        die "$file: cannot look for data: $!\n";
    }
    $end = sysseek $in, $start, $SEEK_HOLE or die "$file: cannot look for holes: $!\n";
    printf "%d %d\n", $start, $end - $start;
}
close STDOUT or die "cannot print: $!\n";
