package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// rights are operations on a resource, as the bits in which brokers answer.
type rights int32

const (
	mayRead     = rights(1 << kmsg.ACLOperationRead)
	mayWrite    = rights(1 << kmsg.ACLOperationWrite)
	mayDescribe = rights(1 << kmsg.ACLOperationDescribe)
	mayConfigs  = rights(1 << kmsg.ACLOperationDescribeConfigs)
	// unknownRights is the answer of a broker that does not say.
	unknownRights = rights(math.MinInt32)
)

func (r rights) String() string {
	var names []string
	for _, op := range []struct {
		is   rights
		name string
	}{{mayRead, "Read"}, {mayWrite, "Write"}, {mayDescribe, "Describe"}, {mayConfigs, "DescribeConfigs"}} {
		if r&op.is != 0 {
			names = append(names, "--operation "+op.name)
		}
	}
	return strings.Join(names, " ")
}

// checkAccess refuses a start without the rights that the topology needs, and
// names all ACLs that are missing. Topics that do not exist are left out.
func checkAccess(ctx context.Context, cl *kgo.Client, o *Options) error {
	topics, err := topicRights(ctx, cl, o)
	if err != nil {
		return err
	}
	var missing []string
	needs := o.needs()
	for _, topic := range slices.Sorted(maps.Keys(needs)) {
		if has, ok := topics[topic]; ok && has != unknownRights && needs[topic]&^has != 0 {
			missing = append(missing, o.aclOf(topic, needs[topic]&^has))
		}
	}
	group, err := groupRights(ctx, cl, o.Topology.App)
	if err != nil {
		return err
	}
	if group != unknownRights && mayRead&^group != 0 {
		missing = append(missing, fmt.Sprintf("%s --group %s", mayRead, o.Topology.App))
	}
	return errACLs(slices.Compact(missing))
}

// aclOf names an ACL for a topic; those of the topology itself have one together,
// with the right to make them.
func (o *Options) aclOf(topic string, lacks rights) string {
	if strings.HasPrefix(topic, o.Topology.App+".") {
		return ownTopics(o.Topology.App)
	}
	return fmt.Sprintf("%s --topic %s", lacks, topic)
}

func ownTopics(app string) string {
	return fmt.Sprintf("--operation Create %s --resource-pattern-type prefixed --topic %s.", mayRead|mayWrite|mayDescribe|mayConfigs, app)
}

// errACLs says which ACLs to add; nil when there is none.
func errACLs(missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("this user lacks rights: for each line run kafka-acls.sh --add --allow-principal User:NAME with\n  %s", strings.Join(missing, "\n  "))
}

// needs lists what the topology does with each topic.
func (o *Options) needs() map[string]rights {
	t := o.Topology
	needs := make(map[string]rights)
	for _, topic := range o.inputs {
		needs[topic] |= mayRead | mayDescribe
	}
	for _, out := range t.Outputs {
		needs[out.Topic] |= mayWrite | mayDescribe
	}
	for _, table := range t.Tables {
		needs[table.Topic] |= mayRead | mayDescribe
	}
	for _, topic := range t.Partitioned {
		needs[topic] |= mayRead | mayDescribe
	}
	needs[t.ChangelogTopic()] |= mayRead | mayWrite | mayDescribe | mayConfigs
	needs[t.DeadLetterTopic()] |= mayWrite | mayDescribe
	return needs
}

func topicRights(ctx context.Context, cl *kgo.Client, o *Options) (map[string]rights, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.IncludeTopicAuthorizedOperations = true
	for topic := range o.needs() {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(topic)
		req.Topics = append(req.Topics, t)
	}
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, fmt.Errorf("asking for rights on topics: %w", err)
	}
	has := make(map[string]rights)
	for _, t := range resp.Topics {
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case errors.Is(err, kerr.TopicAuthorizationFailed):
			has[*t.Topic] = 0
		case err == nil:
			has[*t.Topic] = rights(t.AuthorizedOperations)
		}
	}
	return has, nil
}

func groupRights(ctx context.Context, cl *kgo.Client, group string) (rights, error) {
	req := kmsg.NewPtrDescribeGroupsRequest()
	req.Groups, req.IncludeAuthorizedOperations = []string{group}, true
	resp, err := req.RequestWith(ctx, cl)
	switch {
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return 0, nil
	case kerr.IsRetriable(err): // a new cluster has no coordinators yet
		return unknownRights, nil
	case err != nil:
		return 0, fmt.Errorf("asking for rights on group %s: %w", group, err)
	}
	for _, g := range resp.Groups {
		if errors.Is(kerr.ErrorForCode(g.ErrorCode), kerr.GroupAuthorizationFailed) {
			return 0, nil
		}
		if g.ErrorCode == 0 && g.State != "Dead" {
			return rights(g.AuthorizedOperations), nil
		}
	}
	return unknownRights, nil // there is no group yet: joining it will tell
}

// denied turns a broker's refusal into one that says what to add; other errors
// stay as they are.
func denied(err error, app string) error {
	switch {
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return fmt.Errorf("%w: %w", errACLs([]string{fmt.Sprintf("%s --resource-pattern-type prefixed --transactional-id %s-", mayWrite|mayDescribe, app)}), err)
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return fmt.Errorf("%w: %w", errACLs([]string{mayRead.String() + " --group " + app}), err)
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Errorf("%w: %w", errACLs([]string{ownTopics(app)}), err)
	}
	return err
}
