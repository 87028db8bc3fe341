# SpamAssassin's Bayes alone, no rules: learns two lists of files and prints the probability of each of a third.
# usage: perl spamassassin.pl FOLDER UNWANTED WANTED TEST, the last three files with one path a line
use strict;
use warnings;
use Mail::SpamAssassin;
use Mail::SpamAssassin::PerMsgStatus;

$| = 1;
my ($folder, $unwanted, $wanted, $test) = @ARGV;
# Without rules it would not know where a domain ends.
my $domains = do { local (@ARGV, $/) = ('/usr/share/spamassassin/20_aux_tlds.cf'); <> };
my $sa = Mail::SpamAssassin->new({
    dont_copy_prefs => 1, local_tests_only => 1, userstate_dir => $folder, username => 'nobody',
    config_text => "loadplugin Mail::SpamAssassin::Plugin::Bayes\nuse_bayes 1\nbayes_auto_learn 0\nbayes_auto_expire 0\nbayes_path $folder/bayes\n$domains\n",
});
$sa->init(1);
sub paths { open my $list, '<', $_[0] or die "$_[0]: $!"; my @paths = <$list>; chomp @paths; return @paths; }
sub message {
    open my $file, '<:raw', $_[0] or die "$_[0]: $!";
    my @lines = <$file>;
    return $sa->parse(\@lines, 0);
}
$sa->init_learner({ caller_will_untie => 1 });
for my $kind ([1, $unwanted], [0, $wanted]) {
    for my $path (paths($kind->[1])) {
        my $mail = message($path);
        $sa->learn($mail, undef, $kind->[0], 0)->finish;
        $mail->finish;
    }
}
$sa->finish_learner;
my ($bayes) = grep { ref eq 'Mail::SpamAssassin::Plugin::Bayes' } @{ $sa->{plugins}->{plugins} };
die 'no Bayes' unless $bayes;
for my $path (paths($test)) {
    my $mail = message($path);
    my $status = Mail::SpamAssassin::PerMsgStatus->new($sa, $mail);
    $status->extract_message_metadata;
    my $chance = $bayes->scan($status, $mail);
    print "$path ", $chance // 0.5, "\n";
    $status->finish;
    $mail->finish;
}
