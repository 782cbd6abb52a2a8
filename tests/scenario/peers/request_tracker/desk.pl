# A queue for handoffs, the login that Svara writes under, an agent, and a scrip that tells Svara at
# once of what agents do, signed by Standard Webhooks.
our @Queues = ({ Name => 'Chat', CorrespondAddress => 'chat@demo.local' });
our @CustomFields = ({
    Name       => 'Conversation ID',
    Type       => 'FreeformSingle',
    LookupType => 'RT::Queue-RT::Ticket',
    Queue      => ['Chat'],
});
our @Users = (
    { Name => 'svara',  Password => 'svara-password',  Privileged => 1 },
    { Name => 'astrid', Password => 'astrid-password', Privileged => 1, RealName => 'Astrid Lund' },
);
our @ACL = map { { GroupDomain => 'SystemInternal', GroupType => 'Privileged', Queue => 'Chat', Right => $_ } }
    qw(SeeQueue CreateTicket ShowTicket ShowTicketComments ReplyToTicket CommentOnTicket ModifyTicket
       OwnTicket SeeCustomField ModifyCustomField SetInitialCustomField);
our @Scrips = map { {
    Description       => "Tell Svara ($_)",
    Queue             => 'Chat',
    ScripCondition    => $_,
    ScripAction       => 'User Defined',
    Template          => 'Blank',
    CustomPrepareCode => 'return 1;',
    CustomCommitCode  => q{
        return 1 if $self->TransactionObj->CreatorObj->Name eq 'svara' or not $ENV{SVARA_HOOK_URL};
        require LWP::UserAgent; require Digest::SHA; require MIME::Base64;
        my $number = $self->TransactionObj->Id;
        my ($id, $time, $body) = ("rt-$number", time, qq({"transaction": $number}));
        my $key  = MIME::Base64::decode_base64($ENV{SVARA_HOOK_SECRET});
        my $sign = MIME::Base64::encode_base64(Digest::SHA::hmac_sha256("$id.$time.$body", $key), '');
        my $answer = LWP::UserAgent->new(timeout => 5)->post(
            $ENV{SVARA_HOOK_URL},
            'Content-Type'      => 'application/json',
            'webhook-id'        => $id,
            'webhook-timestamp' => $time,
            'webhook-signature' => "v1,$sign",
            Content             => $body,
        );
        RT->Logger->warning('Svara was not told: ' . $answer->status_line) unless $answer->is_success;
        return 1;
    },
} } ('On Correspond', 'On Status Change');
1;
