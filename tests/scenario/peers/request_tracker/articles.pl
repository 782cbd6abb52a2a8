# Classes of articles. `reader` may read two of them with the token that it is given here, and
# `archivist` a class with more articles than one page of REST holds.
our @Classes = (
    { Name => 'Staff notes', Description => 'For employees' },
    { Name => 'Drafts',      Description => 'Neither of them sees these' },
    { Name => 'Archive',     Description => 'Many articles' },
);
our @Users = map { { Name => $_, Password => "$_-password", Privileged => 1 } } qw(reader archivist);
our @ACL = map {
    my ($class, $user) = @$_;
    map { { UserId => $user, ObjectType => 'RT::Class', ObjectId => $class, Right => $_ } }
        qw(SeeClass ShowArticle SeeCustomField)
} ['General', 'reader'], ['Staff notes', 'reader'], ['Archive', 'archivist'];
our @Final = (
    sub {
        my $reader = RT::User->new(RT->SystemUser);
        $reader->Load('reader');
        my ($ok, $message, $token) = RT::AuthToken->new(RT->SystemUser)
            ->Create(Owner => $reader->Id, Description => 'Svara');
        die $message unless $ok;
        open my $file, '>', $ENV{TOKEN_FILE} or die "$ENV{TOKEN_FILE}: $!";
        print $file $token;
        close $file or die $!;
    },
    sub {
        my $content = RT::CustomField->new(RT->SystemUser);
        $content->LoadByName(Name => 'Content', LookupType => 'RT::Class-RT::Article');
        for my $number (1 .. 103) {
            my ($ok, $message) = RT::Article->new(RT->SystemUser)->Create(
                Class => 'Archive',
                Name => "Article $number",
                'CustomField-' . $content->Id => "Text $number.",
            );
            die $message unless $ok;
        }
    },
);
1;
